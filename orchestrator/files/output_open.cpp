#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/files/names.hpp"
#include "orchestrator/files/output_disk.hpp"
#include "orchestrator/files/output_state.hpp"
#include "orchestrator/files/rules.hpp"
#include "stages/base/error.hpp"

namespace pipectl {
namespace {

using Problem = std::optional<TargetProblem>;

const char* const kInPlaceHint = "`atomic = false` writes it in place";

Problem failed(const OutputEntry& entry, int code, const char* hint = "") {
    return TargetProblem{"cannot write '" + entry.file.path + "': " + errno_text(code), hint};
}

std::string descriptor_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

/// A second, write-only description: a stage that sets flags or reads its stdout must not meet
/// ours.
Fd stage_end(const OutputEntry& entry, int flags) {
    Fd end(::open(descriptor_path(entry.own.get()).c_str(), O_WRONLY | O_CLOEXEC | flags));
    return end ? std::move(end) : Fd(::fcntl(entry.own.get(), F_DUPFD_CLOEXEC, 3));
}

/// An existing file may be replaced only if it could be written; and its attributes must be kept.
Problem check_replaceable(const OutputEntry& entry) {
    const auto& target = entry.target;
    if (::faccessat(entry.folder(), target.base.c_str(), W_OK, AT_EACCESS) != 0) {
        return failed(entry, errno);
    }
    if (target.immutable) {
        return failed(entry, EPERM, "chattr(1) has made it immutable or append-only");
    }
    if (target.mount_point) {
        return TargetProblem{"cannot replace '" + entry.file.path +
                                 "': something is mounted on it: " + errno_text(EBUSY),
                             kInPlaceHint};
    }
    return std::nullopt;
}

/// What is written in place or added to must not be a second name of something else.
Problem check_single(const OutputEntry& entry, const struct stat& status) {
    const auto& folder = entry.target.folder_status;
    if ((folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
        status.st_nlink > 1) {
        return failed(entry, EMLINK,
                      "in a folder where others may put things a hard link may lead anywhere");
    }
    return std::nullopt;
}

Problem keep_owner(const OutputEntry& entry, const struct stat& old) {
    const bool may = may_keep_owner(old, entry.target.folder_status);
    const int code = may ? take_owner(entry.own.get(), old) : EPERM;
    if (code == 0) {
        return std::nullopt;
    }
    return TargetProblem{"cannot keep the owner of '" + entry.file.path + "' (" +
                             std::to_string(old.st_uid) + ":" + std::to_string(old.st_gid) +
                             ") when replacing it: " + errno_text(code),
                         kInPlaceHint};
}

Problem open_temporary(OutputEntry& entry) {
    const bool existing = entry.target.kind == OutputTarget::Kind::regular;
    if (existing) {
        if (auto problem = check_replaceable(entry)) {
            return problem;
        }
    }
    // a new file gets its mode as any redirection gives it: umask, or the folder's default ACL
    const mode_t mode = existing ? 0600 : 0666;
    entry.own.reset(::openat(entry.folder(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
    if (entry.own && ::access(descriptor_path(entry.own.get()).c_str(), F_OK) != 0) {
        entry.own.reset();  // without /proc it could never be given a name
        errno = EOPNOTSUPP;
    }
    if (!entry.own && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        entry.own.reset(::openat(entry.folder(), entry.temporary.c_str(),
                                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        entry.named = entry.own.valid();
    }
    if (!entry.own) {
        const int code = errno;
        return TargetProblem{"cannot write '" + entry.file.path +
                                 "': cannot create a temporary file in '" +
                                 entry.target.folder_path + "': " + errno_text(code),
                             existing && code != ENOSPC ? kInPlaceHint : ""};
    }
    entry.given = stage_end(entry, 0);
    if (!entry.given) {
        return failed(entry, errno);
    }
    return existing ? keep_owner(entry, entry.target.status) : std::nullopt;
}

/// Opens what find_output_target() has seen. Between the two anything may have taken its place, so
/// no link is followed, nothing is waited for, and what was opened is looked at once more.
Problem open_seen(OutputEntry& entry, int flags, struct stat& status) {
    entry.given.reset(::openat(entry.folder(), entry.target.base.c_str(),
                               O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags));
    if (!entry.given && errno == ENXIO && entry.target.kind == OutputTarget::Kind::fifo) {
        return TargetProblem{
            "cannot write '" + entry.file.path + "': no program has this FIFO open for reading",
            "start its reader first"};
    }
    if (!entry.given || ::fstat(entry.given.get(), &status) != 0) {
        return failed(entry, errno);
    }
    if (!may_touch(status, entry.target.folder_status)) {
        return failed(entry, EACCES);
    }
    return std::nullopt;
}

Problem open_existing(OutputEntry& entry) {
    const int flags = entry.way == OutputEntry::Way::append ? O_APPEND : 0;
    struct stat status {};
    if (auto problem = open_seen(entry, flags, status)) {
        return problem;
    }
    if (!S_ISREG(status.st_mode)) {
        return failed(entry, EEXIST);
    }
    if (auto problem = check_single(entry, status)) {
        return problem;
    }
    set_nonblocking(entry.given.get(), false);
    entry.own.reset(::open(descriptor_path(entry.given.get()).c_str(), O_RDWR | O_CLOEXEC | flags));
    if (!entry.own) {
        entry.own.reset(::fcntl(entry.given.get(), F_DUPFD_CLOEXEC, 3));
    }
    if (!entry.own) {
        return failed(entry, errno);
    }
    entry.start = flags != 0 ? status.st_size : 0;
    return std::nullopt;
}

Problem open_direct(OutputEntry& entry) {
    const auto kind = entry.target.kind;
    if (kind == OutputTarget::Kind::own_descriptor) {
        entry.given.reset(::fcntl(entry.target.descriptor, F_DUPFD_CLOEXEC, 3));
        return entry.given ? std::nullopt : failed(entry, errno);
    }
    // without O_NONBLOCK the open of a FIFO waits for a reader, maybe for ever; fifo(7)
    struct stat status {};
    if (auto problem = open_seen(entry, 0, status)) {
        return problem;
    }
    if (S_ISREG(status.st_mode)) {
        return failed(entry, EEXIST);
    }
    set_nonblocking(entry.given.get(), false);
    return std::nullopt;
}

}  // namespace

Problem open_output(OutputEntry& entry) {
    switch (entry.way) {
        case OutputEntry::Way::atomic: return open_temporary(entry);
        case OutputEntry::Way::direct: return open_direct(entry);
        case OutputEntry::Way::append:
        case OutputEntry::Way::in_place:
        case OutputEntry::Way::deferred: break;
    }
    if (entry.target.kind == OutputTarget::Kind::regular) {
        return open_existing(entry);
    }
    entry.created = true;
    if (::faccessat(entry.folder(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return failed(entry, errno);
    }
    return std::nullopt;
}

Problem create_output(OutputEntry& entry) {
    const Fd made(::openat(entry.folder(), entry.target.base.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!made && errno != EEXIST) {
        return failed(entry, errno);
    }
    entry.created = made.valid();
    if (auto problem = open_existing(entry)) {
        if (entry.created) {
            remove_if_ours(entry.folder(), entry.target.base, made.get());
        }
        return problem;
    }
    return std::nullopt;
}

}  // namespace pipectl
