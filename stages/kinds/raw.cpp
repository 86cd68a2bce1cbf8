// Raw IP packets on the loopback interface, with a protocol number for experiments (RFC 3692).
//
// Every raw socket of that protocol sees every such packet of the machine, its own among them;
// raw(7). A filter in the kernel keeps what does not begin with the edge's token out of the
// socket's buffer; the whole token is looked at afterwards, as with `udp`.

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "stages/base/error.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/loopback_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr int kProtocol = 253;
constexpr std::uint64_t kLargest = 65515;  // 65,535 less the head of IP
constexpr std::uint32_t kIpHead = 20;

/// Lets through what has the first half of `token` where our datagrams have it.
void attach_filter(int socket, const Token& token) {
    std::uint32_t words[2];
    std::memcpy(words, token.data(), sizeof words);
    constexpr std::uint32_t kAll = 0xffffffff;
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kIpHead),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(words[0]), 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kIpHead + sizeof words[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(words[1]), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, kAll),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog filter{std::size(steps), steps};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
        throw SystemError("cannot set a raw socket's filter", errno);
    }
}

Fd connected_socket(const Token& token) {
    Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kProtocol));
    if (!socket) {
        throw SystemError("cannot create a raw IP socket", errno,
                          errno == EPERM || errno == EACCES
                              ? "it needs the capability CAP_NET_RAW; 'udp' needs none"
                              : "");
    }
    attach_filter(socket.get(), token);
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* address = reinterpret_cast<const sockaddr*>(&loopback);
    if (::bind(socket.get(), address, sizeof loopback) != 0 ||
        ::connect(socket.get(), address, sizeof loopback) != 0) {
        throw SystemError("cannot connect a raw IP socket to 127.0.0.1", errno);
    }
    return socket;
}

LoopbackSockets connect_raw(const DatagramTerms& terms) {
    return {connected_socket(terms.to_sender), connected_socket(terms.to_receiver)};
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    return create_loopback_edge(
        {.kind = "raw", .largest_datagram = kLargest, .has_ip_head = true, .connect = connect_raw},
        settings);
}

}  // namespace

constinit const Kind kRaw =
    loopback_kind("raw", "raw IP packets made complete and ordered", "raw IP sockets", create);

}  // namespace pipectl::channel
