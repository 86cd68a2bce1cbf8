#include "orchestrator/run/inherited.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace pipectl {

Fd inherited_descriptor(int number) {
    struct stat info {};
    if (::fstat(number, &info) != 0) {
        return {};
    }
    const bool terminal = S_ISCHR(info.st_mode) && ::isatty(number) == 1;
    if (terminal || S_ISFIFO(info.st_mode)) {
        const int flags = ::fcntl(number, F_GETFL);
        const std::string path = "/proc/self/fd/" + std::to_string(number);
        // Non-blocking, or a pipe without a peer would hang the open; fifo(7).
        Fd own(::open(path.c_str(), (flags & O_ACCMODE) | (flags & O_APPEND) | O_CLOEXEC |
                                        O_NOCTTY | O_NONBLOCK));
        if (own) {
            ::fcntl(own.get(), F_SETFL, flags & ~O_NONBLOCK);
            return own;
        }
    }
    return Fd(::fcntl(number, F_DUPFD_CLOEXEC, 3));
}

StandardFlags::StandardFlags() {
    for (int number = 0; number < 3; ++number) {
        flags_[number] = ::fcntl(number, F_GETFL);
    }
}

void StandardFlags::restore() noexcept {
    for (int number = 0; number < 3; ++number) {
        if (flags_[number] >= 0) {
            const int now = ::fcntl(number, F_GETFL);
            if (now >= 0 && now != flags_[number]) {
                ::fcntl(number, F_SETFL, flags_[number]);
            }
        }
    }
}

}  // namespace pipectl
