#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/run/output_disk.hpp"
#include "orchestrator/run/output_state.hpp"
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
    if (::faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) != 0) {
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

Problem open_temporary(OutputEntry& entry) {
    const bool existing = entry.target.kind == OutputTarget::Kind::regular;
    if (existing) {
        if (auto problem = check_replaceable(entry)) {
            return problem;
        }
    }
    // a new file gets its mode as any redirection gives it: umask, or the folder's default ACL
    const mode_t mode = existing ? 0600 : 0666;
    const auto& folder = entry.target.folder;
    entry.own.reset(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
    if (entry.own && ::access(descriptor_path(entry.own.get()).c_str(), F_OK) != 0) {
        entry.own.reset();  // without /proc it could never be given a name
        errno = EOPNOTSUPP;
    }
    if (!entry.own && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        entry.own.reset(::open(entry.temporary.c_str(),
                               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        entry.named = entry.own.valid();
    }
    if (!entry.own) {
        const int code = errno;
        return TargetProblem{"cannot write '" + entry.file.path +
                                 "': cannot create a temporary file in '" + folder +
                                 "': " + errno_text(code),
                             existing && code != ENOSPC ? kInPlaceHint : ""};
    }
    entry.given = stage_end(entry, 0);
    if (!entry.given) {
        return failed(entry, errno);
    }
    if (existing) {
        if (const int code = take_owner(entry.own.get(), entry.target.status); code != 0) {
            return TargetProblem{"cannot keep the owner of '" + entry.file.path + "' (" +
                                     std::to_string(entry.target.status.st_uid) + ":" +
                                     std::to_string(entry.target.status.st_gid) +
                                     ") when replacing it: " + errno_text(code),
                                 kInPlaceHint};
        }
    }
    return std::nullopt;
}

Problem open_existing(OutputEntry& entry) {
    const int flags = entry.way == OutputEntry::Way::append ? O_APPEND : 0;
    const char* path = entry.target.path.c_str();
    entry.given.reset(::open(path, O_WRONLY | O_CLOEXEC | flags));
    if (!entry.given) {
        return failed(entry, errno);
    }
    entry.own.reset(::open(path, O_RDWR | O_CLOEXEC | flags));
    if (!entry.own) {
        entry.own.reset(::fcntl(entry.given.get(), F_DUPFD_CLOEXEC, 3));
    }
    struct stat status {};
    if (!entry.own || ::fstat(entry.own.get(), &status) != 0) {
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
    const bool fifo = kind == OutputTarget::Kind::fifo;
    entry.given.reset(::open(entry.target.path.c_str(),
                             O_WRONLY | O_CLOEXEC | O_NOCTTY | (fifo ? O_NONBLOCK : 0)));
    if (!entry.given) {
        const int code = errno;
        if (fifo && code == ENXIO) {
            return TargetProblem{
                "cannot write '" + entry.file.path + "': no program has this FIFO open for reading",
                "start its reader first"};
        }
        return failed(entry, code);
    }
    if (fifo) {
        set_nonblocking(entry.given.get(), false);
    }
    return std::nullopt;
}

}  // namespace

Problem open_output(OutputEntry& entry) {
    switch (entry.way) {
        case OutputEntry::Way::atomic: return open_temporary(entry);
        case OutputEntry::Way::direct: return open_direct(entry);
        case OutputEntry::Way::append:
        case OutputEntry::Way::in_place: break;
    }
    if (entry.target.kind == OutputTarget::Kind::regular) {
        return open_existing(entry);
    }
    entry.created = true;
    if (::faccessat(AT_FDCWD, entry.target.folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        return failed(entry, errno);
    }
    return std::nullopt;
}

Problem create_output(OutputEntry& entry) {
    const Fd made(::open(entry.target.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!made && errno != EEXIST) {
        return failed(entry, errno);
    }
    entry.created = made.valid();
    if (auto problem = open_existing(entry)) {
        if (entry.created) {
            ::unlink(entry.target.path.c_str());
        }
        return problem;
    }
    return std::nullopt;
}

}  // namespace pipectl
