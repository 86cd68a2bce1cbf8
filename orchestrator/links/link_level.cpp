#include "orchestrator/links/link_level.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipectl {

namespace {

// <netinet/tcp.h> names them, and cannot be had together with the kernel's own header
constexpr int kEstablished = 1;
constexpr int kFinWait1 = 4;
constexpr int kFinWait2 = 5;

bool takes_no_more(int writer) {
    pollfd end{writer, POLLOUT, 0};
    return ::poll(&end, 1, 0) == 0;
}

}  // namespace

LinkLevel level_of_link(int writer, int reader) {
    LinkLevel level;
    const int end = reader >= 0 ? reader : writer;
    struct stat status {};
    if (end < 0 || ::fstat(end, &status) != 0) {
        return level;
    }
    const bool pipe = S_ISFIFO(status.st_mode);
    if (!pipe && (reader < 0 || !S_ISSOCK(status.st_mode))) {
        return level;
    }
    int waiting = 0;
    if (::ioctl(end, FIONREAD, &waiting) != 0) {
        return level;
    }
    level.filled = waiting;
    if (pipe) {
        const int size = ::fcntl(end, F_GETPIPE_SZ);
        level.room = size > 0 ? size : 0;
    }
    // A pipe's room goes in pages: it may be full with far fewer bytes than its size.
    level.full = writer >= 0 ? takes_no_more(writer)
                             : level.room > 0 && level.filled + PIPE_BUF > level.room;
    return level;
}

std::optional<std::uint64_t> arrived_at(int reader) {
    tcp_info info{};
    socklen_t size = sizeof info;
    pollfd errors{reader, 0, 0};
    if (::getsockopt(reader, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ::poll(&errors, 1, 0) < 0) {
        return std::nullopt;
    }
    const bool open = info.tcpi_state == kEstablished || info.tcpi_state == kFinWait1 ||
                      info.tcpi_state == kFinWait2;
    // the writer's end of data takes one number of the sequence, and is counted
    const bool end_came = !open && (errors.revents & POLLERR) == 0;
    return info.tcpi_bytes_received - (end_came ? 1 : 0);
}

InputEnd end_of_input(int reader) {
    struct stat info {};
    if (::fstat(reader, &info) != 0) {
        return InputEnd::unknown;
    }
    if (S_ISREG(info.st_mode)) {
        return ::lseek(reader, 0, SEEK_CUR) >= info.st_size ? InputEnd::over : InputEnd::open;
    }
    if (S_ISSOCK(info.st_mode)) {
        char byte = 0;
        return ::recv(reader, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 ? InputEnd::over
                                                                      : InputEnd::open;
    }
    if (!S_ISFIFO(info.st_mode)) {
        return InputEnd::unknown;
    }
    // The end of a pipe comes with POLLHUP, what waits in it with POLLIN; poll(2)
    pollfd end{reader, POLLIN, 0};
    const bool over =
        ::poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0 && (end.revents & POLLIN) == 0;
    return over ? InputEnd::over : InputEnd::open;
}

}  // namespace pipectl
