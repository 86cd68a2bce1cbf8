// TCP on loopback, both ends connected here: no stranger can be one of them.

#include "stages/kinds/tcp.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/socket_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr std::chrono::seconds kPatience{5};

/// The address of one side of a socket; sockaddr_in and sockaddr_in6 have no padding that differs.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    bool operator==(const Address& other) const {
        return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
    }
};

Address own_address(int socket) {
    Address address;
    if (::getsockname(socket, address.get(), &address.size) != 0) {
        throw SystemError("cannot get a socket's address", errno);
    }
    return address;
}

Address loopback(int family) {
    Address address;
    if (family == AF_INET) {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.size = sizeof ipv4;
        std::memcpy(&address.storage, &ipv4, sizeof ipv4);
    } else {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_addr = in6addr_loopback;
        address.size = sizeof ipv6;
        std::memcpy(&address.storage, &ipv6, sizeof ipv6);
    }
    return address;
}

Fd stream_socket(int family) {
    Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        throw SystemError("cannot create a TCP socket", errno);
    }
    return socket;
}

/// One more accepted connection when it is ours; none when there was nobody, or a stranger.
Fd accept_own(int listener, const Address& own) {
    Address peer;
    Fd accepted(::accept4(listener, peer.get(), &peer.size, SOCK_CLOEXEC));
    if (!accepted) {
        const bool nobody = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!nobody) throw SystemError("cannot accept a TCP connection", errno);
    } else if (!(peer == own)) {
        accepted.reset();
    }
    return accepted;
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    TcpPair pair = connect_on_loopback(settings);
    return socket_edge(std::move(pair.connecting), std::move(pair.accepted));
}

/// Resets the connection; the writer, whose socket has seen our side's end (socket_edge()), gets
/// SIGPIPE and EPIPE by that; tcp(7).
void reader_left(EdgeEnds& ends) {
    const linger at_once{1, 0};
    ::setsockopt(ends.reader_copy.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ends.reader_copy.reset();
}

constexpr Option kOptions[] = {
    {"size", OptionType::size, "", "both sockets' buffers; default: the kernel tunes them"},
    {"nodelay", OptionType::boolean, "true", "send small writes at once (TCP_NODELAY)"},
};

}  // namespace

Fd listen_on_loopback() {
    int reason = 0;
    for (const int family : {AF_INET, AF_INET6}) {
        const Fd probe(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!probe) {
            reason = errno;
            continue;
        }
        Fd listener = stream_socket(family);
        Address address = loopback(family);
        if (::bind(listener.get(), address.get(), address.size) == 0 &&
            ::listen(listener.get(), 8) == 0) {
            return listener;
        }
        reason = errno;
    }
    throw SystemError("cannot listen on loopback", reason);
}

TcpPair meet(int listener, Fd connecting) {
    using Clock = std::chrono::steady_clock;
    Address target = own_address(listener);
    // bound before it connects, so that its address is known before anyone can be accepted
    Address local = loopback(target.storage.ss_family);
    if (::bind(connecting.get(), local.get(), local.size) != 0) {
        throw SystemError("cannot bind a TCP socket", errno);
    }
    const Address own = own_address(connecting.get());
    if (::connect(connecting.get(), target.get(), target.size) != 0 && errno != EINPROGRESS) {
        throw SystemError("cannot connect on loopback", errno);
    }
    const auto deadline = Clock::now() + kPatience;
    Fd accepted;
    while (!accepted) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) throw SystemError("cannot connect on loopback", ETIMEDOUT);
        pollfd waiting{listener, POLLIN, 0};
        ::poll(&waiting, 1, static_cast<int>(left.count()));
        accepted = accept_own(listener, own);
    }
    set_nonblocking(connecting.get(), false);
    return {std::move(connecting), std::move(accepted)};
}

TcpPair connect_on_loopback(const Settings& settings) {
    const Fd listener = listen_on_loopback();
    Fd connecting = stream_socket(own_address(listener.get()).storage.ss_family);
    // before the handshake, which settles the window's scale; without a size the kernel tunes both
    if (settings.contains("size")) {
        const std::uint64_t size = number_of(settings, "size", 0);
        set_socket_buffer(connecting.get(), SO_SNDBUF, size, true);
        set_socket_buffer(listener.get(), SO_RCVBUF, size, true);
    }
    const int nodelay = flag_of(settings, "nodelay", true) ? 1 : 0;
    if (::setsockopt(connecting.get(), IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof nodelay) != 0) {
        throw SystemError("cannot set TCP_NODELAY", errno);
    }
    return meet(listener.get(), std::move(connecting));
}

constinit const Kind kTcp = {
    .name = "tcp",
    .summary = "TCP on loopback; nobody but the edge's two ends can connect",
    .kernel_object = "TCP connection",
    .ends = Ends::direct,
    .keeps_records = false,
    .options = kOptions,
    .create = create,
    .reader_left = reader_left,
    .endpoint = {.meeting = Meeting::socket, .problem = host_and_port_problem},
};

}  // namespace pipectl::channel
