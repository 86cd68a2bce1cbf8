#include "orchestrator/run/output_target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <string_view>

#include "stages/base/error.hpp"

namespace pipectl {
namespace {

// As many links as the kernel follows; path_resolution(7).
constexpr int kMaximalLinks = 40;

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::optional<std::string> read_link(const std::string& path) {
    std::array<char, PATH_MAX> text{};
    const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
    if (length < 0) {
        return std::nullopt;
    }
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::optional<std::string> real_path(const std::string& path) {
    char* found = ::realpath(path.c_str(), nullptr);
    if (found == nullptr) {
        return std::nullopt;
    }
    std::string result = found;
    std::free(found);
    return result;
}

TargetLookup refused(std::string message, std::string hint = {}) {
    return {{}, TargetProblem{std::move(message), std::move(hint)}};
}

TargetLookup refused_own(const std::string& path, int number, int code) {
    return refused("cannot write '" + path + "': descriptor " + std::to_string(number) +
                   " of pipectl: " + errno_text(code));
}

TargetLookup own_target(const std::string& path, int number) {
    const int flags = ::fcntl(number, F_GETFD);
    // what is close-on-exec was opened by pipectl itself and is none of the caller's
    if (flags < 0 || (number > 2 && (flags & FD_CLOEXEC) != 0)) {
        return refused_own(path, number, EBADF);
    }
    if ((::fcntl(number, F_GETFL) & O_ACCMODE) == O_RDONLY) {
        return refused("cannot write '" + path + "': descriptor " + std::to_string(number) +
                       " of pipectl is open for reading only");
    }
    TargetLookup found;
    found.target.kind = OutputTarget::Kind::own_descriptor;
    found.target.path = path;
    found.target.descriptor = number;
    ::fstat(number, &found.target.status);
    return found;
}

void read_attributes(OutputTarget& target) {
    struct statx more {};
    if (::statx(AT_FDCWD, target.path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &more) ==
        0) {
        const auto attributes = more.stx_attributes & more.stx_attributes_mask;
        target.mount_point = (attributes & STATX_ATTR_MOUNT_ROOT) != 0;
        target.immutable = (attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
    }
}

}  // namespace

int own_descriptor(std::string_view path) {
    if (path == "/dev/stdin") return 0;
    if (path == "/dev/stdout") return 1;
    if (path == "/dev/stderr") return 2;
    for (const std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
        if (path.substr(0, prefix.size()) == prefix) {
            const auto digits = path.substr(prefix.size());
            int number = -1;
            const auto* end = digits.data() + digits.size();
            const auto [last, error] = std::from_chars(digits.data(), end, number);
            if (error == std::errc() && last == end && number >= 0) {
                return number;
            }
        }
    }
    return -1;
}

TargetLookup find_output_target(const std::string& path) {
    if (path.empty()) {
        return refused("an output path is empty");
    }
    if (path.find('\0') != std::string::npos) {
        return refused("an output path has a NUL byte in it");
    }
    const std::string place = "cannot write '" + path + "'";
    std::string current = path;
    struct stat status {};
    bool exists = false;
    for (int links = 0;; ++links) {
        if (const int number = own_descriptor(current); number >= 0) {
            return own_target(path, number);
        }
        exists = ::lstat(current.c_str(), &status) == 0;
        if (!exists && errno != ENOENT) {
            return refused(place + ": " + errno_text(errno));
        }
        if (!exists || !S_ISLNK(status.st_mode)) {
            break;
        }
        const auto link = read_link(current);
        if (!link) {
            return refused(place + ": " + errno_text(errno));
        }
        if (links >= kMaximalLinks) {
            return refused(place + ": its symbolic links lead in a circle: " + errno_text(ELOOP));
        }
        current = link->front() == '/' ? *link : folder_of(current) + "/" + *link;
    }

    const std::string base = base_of(current);
    if ((exists && S_ISDIR(status.st_mode)) || base.empty() || base == "." || base == "..") {
        return refused(exists ? "output '" + path + "' is a folder"
                              : place + ": the folder '" + current + "' does not exist");
    }
    const auto folder = real_path(folder_of(current));
    if (!folder) {
        const int code = errno;
        if (code == ENOENT) {
            return refused(place + ": its folder '" + folder_of(current) + "' does not exist",
                           "create it first: mkdir -p " + folder_of(current));
        }
        return refused(place + ": folder '" + folder_of(current) + "': " + errno_text(code));
    }
    if (exists && S_ISSOCK(status.st_mode)) {
        return refused("output '" + path + "' is a socket");
    }

    TargetLookup found;
    auto& target = found.target;
    target.folder = *folder;
    target.base = base;
    target.path = (*folder == "/" ? "" : *folder) + "/" + base;
    target.status = status;
    if (!exists) {
        target.kind = OutputTarget::Kind::absent;
        return found;
    }
    if (S_ISFIFO(status.st_mode)) {
        target.kind = OutputTarget::Kind::fifo;
    } else if (S_ISREG(status.st_mode)) {
        target.kind = OutputTarget::Kind::regular;
        read_attributes(target);
    } else {
        target.kind = OutputTarget::Kind::device;
    }
    return found;
}

}  // namespace pipectl
