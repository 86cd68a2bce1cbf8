#include "stages/channel/socket_edge.hpp"

#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"

namespace pipectl::channel {

namespace {

/// The writer is asleep in write(2), or would be at its next: the socket holds nearly all that it
/// may hold (a write that is larger than what is left sleeps before the limit is reached). POLLOUT
/// is gone much earlier, at a quarter (unix) or two thirds (tcp), when a writer may well have
/// nothing more to write.
bool is_full(int socket) {
    std::uint32_t memory[SK_MEMINFO_VARS] = {};
    socklen_t size = sizeof memory;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) return false;
    const std::uint32_t used =
        std::max(memory[SK_MEMINFO_WMEM_ALLOC], memory[SK_MEMINFO_WMEM_QUEUED]);
    return used >= memory[SK_MEMINFO_SNDBUF] - memory[SK_MEMINFO_SNDBUF] / 8;
}

}  // namespace

EdgeEnds socket_edge(Fd writer, Fd reader) {
    if (::shutdown(reader.get(), SHUT_WR) != 0) {
        throw SystemError("cannot make a socket one-way", errno);
    }
    EdgeEnds ends;
    ends.hold = duplicate(writer.get());
    ends.reader_copy = duplicate(reader.get());
    ends.writer_copy = duplicate(writer.get());
    ends.writer = std::move(writer);
    ends.reader = std::move(reader);
    return ends;
}

void set_socket_buffer(int fd, int option, std::uint64_t size, bool must) {
    const int asked =
        static_cast<int>(std::min<std::uint64_t>(size, std::numeric_limits<int>::max() / 2));
    const int failed = ::setsockopt(fd, SOL_SOCKET, option, &asked, sizeof asked);
    const int reason = failed != 0 ? errno : ENOBUFS;
    if (!must) return;
    int got = 0;
    socklen_t length = sizeof got;
    // the kernel silently takes less than asked, and doubles it for its own use; socket(7)
    if (failed != 0 || ::getsockopt(fd, SOL_SOCKET, option, &got, &length) != 0 ||
        static_cast<std::uint64_t>(got) / 2 < size) {
        throw SystemError("cannot set the size of a socket's buffer to " + format_size(size),
                          reason,
                          option == SO_SNDBUF ? "the limit is in /proc/sys/net/core/wmem_max"
                                              : "the limit is in /proc/sys/net/core/rmem_max");
    }
}

bool grown_or_full(int socket, std::uint64_t written, std::uint64_t& mark) {
    if (mark == 0) {
        mark = written + 1;
    } else if (written >= mark) {
        return true;
    }
    return is_full(socket);
}

void make_room(int writer, int reader) {
    pollfd room{writer, POLLOUT, 0};
    char block[65536];
    // bounded: a writer that is awake again may fill it as fast as we empty it
    for (int i = 0; i < 64 && ::poll(&room, 1, 0) == 0; ++i) {
        if (::recv(reader, block, sizeof block, MSG_DONTWAIT) <= 0) return;
    }
}

}  // namespace pipectl::channel
