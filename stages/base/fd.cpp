#include "stages/base/fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl {

void Fd::reset(int fd) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) {
        ::close(old);
    }
}

PipeEnds make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw SystemError("cannot create a pipe", errno);
    }
    return {Fd(ends[0]), Fd(ends[1])};
}

Fd duplicate(int fd) {
    Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy) {
        throw SystemError("cannot duplicate a descriptor", errno);
    }
    return copy;
}

void set_nonblocking(int fd, bool on) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0) {
        throw SystemError("cannot change the flags of a descriptor", errno);
    }
}

int write_all(int fd, std::string_view data) noexcept {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written >= 0) {
            data.remove_prefix(written);
        } else if (errno == EAGAIN) {
            pollfd waiting{fd, POLLOUT, 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

std::string read_all(int fd, std::size_t limit, const std::string& name) {
    std::string content;
    char block[4096];
    for (;;) {
        const ssize_t got = ::read(fd, block, sizeof block);
        if (got == 0) {
            return content;
        }
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw SystemError("cannot read '" + name + "'", errno);
        }
        if (content.size() + static_cast<std::size_t>(got) > limit) {
            throw SystemError("cannot read '" + name + "'", EFBIG);
        }
        content.append(block, got);
    }
}

std::string read_small_file(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    if (!file) {
        return content;
    }
    char block[4096];
    ssize_t got = 0;
    while ((got = ::read(file.get(), block, sizeof block)) > 0) {
        content.append(block, got);
    }
    return content;
}

}  // namespace pipectl
