// Endpoints that any program can speak to: FIFOs and stream sockets.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include "stages/base/error.hpp"
#include "stages/programs/endpoint.hpp"

namespace pipectl::helper {

namespace {

/// Room for any of the addresses, and how much of it is used.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

Address unix_address(const std::string& path) {
    Address address;
    auto* const un = reinterpret_cast<sockaddr_un*>(&address.storage);
    if (path.size() >= sizeof un->sun_path) {
        throw SystemError("cannot use socket '" + path + "'", ENAMETOOLONG,
                          "a socket's path has at most 107 bytes");
    }
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, path.c_str(), path.size() + 1);
    address.size = sizeof *un;
    return address;
}

/// HOST:PORT with a number for a host: names need libraries that a static program has not.
Address tcp_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
    unsigned port = 0;
    const char* const digits = text.data() + (colon == std::string::npos ? 0 : colon + 1);
    const char* const end = text.data() + text.size();
    const auto number = std::from_chars(digits, end, port);
    if (number.ec != std::errc() || number.ptr != end || port == 0 || port > 65535) {
        throw UsageError{"'" + text + "' is no HOST:PORT"};
    }
    if (host == "localhost" || host.empty()) host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    Address address;
    auto* const in4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* const in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, host.c_str(), &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        in4->sin_port = htons(static_cast<std::uint16_t>(port));
        address.size = sizeof *in4;
    } else if (::inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(static_cast<std::uint16_t>(port));
        address.size = sizeof *in6;
    } else {
        throw UsageError{"'" + host + "' is no numeric address"};
    }
    return address;
}

Fd make_socket(const Address& address) {
    Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) throw SystemError("cannot create a socket", errno);
    return fd;
}

/// The first one that connects, and nobody else.
Fd accept_one(const Endpoint& endpoint, const Address& address) {
    const std::string name = "'" + endpoint.kind + ":" + endpoint.address + "'";
    const Fd listener = make_socket(address);
    const bool local = endpoint.kind == "unix";
    if (!local) {
        const int on = 1;
        ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    const mode_t mask = ::umask(0177);  // for its owner alone, from the start
    const int bound = ::bind(listener.get(), address.get(), address.size);
    const int error = errno;
    ::umask(mask);
    if (bound != 0) {
        throw SystemError("cannot listen on " + name, error,
                          local && error == EADDRINUSE ? "the name is there already" : "");
    }
    Fd peer;
    int code = 0;
    if (::listen(listener.get(), 1) == 0) {
        do {
            peer.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        } while (!peer && (errno == EINTR || errno == ECONNABORTED));
    }
    code = errno;
    if (local) ::unlink(endpoint.address.c_str());
    if (!peer) throw SystemError("cannot listen on " + name, code);
    return peer;
}

/// Tries for two seconds: the two sides may be started in the same breath.
Fd connect_to(const Endpoint& endpoint, const Address& address) {
    constexpr int kTries = 40;
    constexpr timespec kPause{0, 50'000'000};
    for (int tried = 1;; ++tried) {
        Fd fd = make_socket(address);
        if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
        if ((errno != ECONNREFUSED && errno != ENOENT) || tried == kTries) {
            throw SystemError("cannot connect to '" + endpoint.kind + ":" + endpoint.address + "'",
                              errno);
        }
        ::nanosleep(&kPause, nullptr);
    }
}

Fd open_fifo(const std::string& path, Side side) {
    if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) {
        throw SystemError("cannot create FIFO '" + path + "'", errno);
    }
    // waits for the other side; fifo(7)
    Fd fd(::open(path.c_str(), (side == Side::sender ? O_WRONLY : O_RDONLY) | O_CLOEXEC));
    if (!fd) throw SystemError("cannot open FIFO '" + path + "'", errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
        throw SystemError("cannot use '" + path + "'", EINVAL, "it is there, and no FIFO");
    }
    return fd;
}

}  // namespace

Fd open_stream(const EndpointRequest& request, Side side) {
    const Endpoint& endpoint = request.endpoint;
    if (endpoint.kind == "fifo") return open_fifo(endpoint.address, side);
    const Address address =
        endpoint.kind == "unix" ? unix_address(endpoint.address) : tcp_address(endpoint.address);
    const bool listens = request.approach == Approach::automatic
                             ? side == Side::receiver
                             : request.approach == Approach::listen;
    return listens ? accept_one(endpoint, address) : connect_to(endpoint, address);
}

}  // namespace pipectl::helper
