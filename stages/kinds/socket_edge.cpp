#include "stages/kinds/socket_edge.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"

namespace pipectl::channel {

EdgeEnds socket_edge(Fd writer, Fd reader) {
    if (::shutdown(reader.get(), SHUT_WR) != 0) {
        throw SystemError("cannot make a socket one-way", errno);
    }
    EdgeEnds ends;
    ends.hold = duplicate(writer.get());
    ends.reader_copy = duplicate(reader.get());
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

}  // namespace pipectl::channel
