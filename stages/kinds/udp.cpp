// UDP on the loopback interface, each socket connected to the other before a program starts: the
// kernel gives neither anybody else's datagrams; udp(7). What gets in before that has no token.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/loopback_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kLargest = 65507;  // 65,535 less the heads of IP and UDP

Fd bound_socket(sockaddr_in& address) {
    Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) throw SystemError("cannot create a UDP socket", errno);
    address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw SystemError("cannot bind a UDP socket to 127.0.0.1", errno);
    }
    return socket;
}

LoopbackSockets connect_udp(const DatagramTerms& /*terms*/) {
    sockaddr_in writer{};
    sockaddr_in reader{};
    LoopbackSockets sockets{bound_socket(writer), bound_socket(reader)};
    if (::connect(sockets.writer.get(), reinterpret_cast<sockaddr*>(&reader), sizeof reader) != 0 ||
        ::connect(sockets.reader.get(), reinterpret_cast<sockaddr*>(&writer), sizeof writer) != 0) {
        throw SystemError("cannot connect UDP sockets on 127.0.0.1", errno);
    }
    return sockets;
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    return create_loopback_edge(
        {.kind = "udp", .largest_datagram = kLargest, .has_ip_head = false, .connect = connect_udp},
        settings);
}

}  // namespace

constinit const Kind kUdp = [] {
    Kind kind = loopback_kind("udp", "UDP made complete and ordered", "UDP sockets", create);
    kind.endpoint.foreign = Foreign::datagrams;
    kind.endpoint.foreign_problem = host_and_port_problem;
    return kind;
}();

}  // namespace pipectl::channel
