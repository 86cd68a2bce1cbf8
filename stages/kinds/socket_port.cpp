// Datagrams through one socket.

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/kinds/loopback_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr std::size_t kIpHead = 20;  // without options: we send none
constexpr unsigned kPlainIpHead = 0x45;

iovec part(std::span<const char> bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

void SocketPort::send(std::span<const char> head, std::span<const char> body) {
    iovec parts[] = {part(head), part(body)};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    // whatever goes wrong is a loss: a peer that has gone is the lifeline's to tell
    while (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) {
    }
}

std::optional<std::size_t> SocketPort::receive(std::span<char> head, std::span<char> body) {
    unsigned char ip[kIpHead];
    const std::size_t before = has_ip_head_ ? sizeof ip : 0;
    iovec parts[] = {{ip, before}, part(head), part(body)};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 3;
    for (;;) {
        message.msg_flags = 0;
        const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
        if (got >= 0) {
            const std::size_t size = got;
            const bool whole = (message.msg_flags & MSG_TRUNC) == 0 && size >= before;
            return whole && (before == 0 || ip[0] == kPlainIpHead) ? size - before : 0;
        }
        switch (errno) {
            case EINTR:
            case ECONNREFUSED: break;  // what we sent met nobody: said once; udp(7)
            case EAGAIN: return std::nullopt;
            default: throw SystemError("cannot receive a datagram", errno);
        }
    }
}

}  // namespace pipectl::channel
