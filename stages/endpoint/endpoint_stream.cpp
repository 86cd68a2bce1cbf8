// Endpoints that any program can speak to: FIFOs and stream sockets.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "stages/base/error.hpp"
#include "stages/endpoint/endpoint.hpp"
#include "stages/endpoint/endpoint_peer.hpp"
#include "stages/kinds/endpoint_address.hpp"

namespace pipectl::helper {

namespace {

std::string name_of(const Endpoint& endpoint) {
    return "'" + endpoint.kind + ":" + endpoint.address + "'";
}

Fd make_socket(const channel::SocketAddress& address) {
    Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) throw SystemError("cannot create a socket", errno);
    return fd;
}

/// A socket that listens at the address. A name in a file system is for its owner alone from the
/// start, unless everybody may come.
Fd listen_at(const EndpointRequest& request, const channel::SocketAddress& address) {
    constexpr int kBacklog = 64;
    const Endpoint& endpoint = request.endpoint;
    Fd listener = make_socket(address);
    if (endpoint.kind == "tcp") {
        const int on = 1;
        ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (!request.from_anybody) hold_data(listener.get());
    }
    const mode_t mask = ::umask(request.from_anybody ? 0111 : 0177);
    const int bound = ::bind(listener.get(), address.get(), address.size);
    const int error = errno;
    ::umask(mask);
    if (bound != 0) {
        throw SystemError(
            "cannot listen on " + name_of(endpoint), error,
            endpoint.kind == "unix" && error == EADDRINUSE ? "the name is there already" : "");
    }
    if (::listen(listener.get(), kBacklog) != 0) {
        throw SystemError("cannot listen on " + name_of(endpoint), errno);
    }
    return listener;
}

/// Says once that somebody was turned away: whoever does so all day long fills no log.
void tell_refused(const Endpoint& endpoint, const std::optional<uid_t>& user) {
    static bool told = false;
    if (told) return;
    told = true;
    const std::string who =
        user ? name_of_user(*user)
             : "somebody whose user is not known (another machine, or gone already)";
    const std::string line = "pipectl: " + name_of(endpoint) + " has refused " + who +
                             " and waits for the next one (" + kTakeAnybody + ")\n";
    std::fputs(line.c_str(), stderr);
}

void turn_away(Fd peer) {
    const linger at_once{1, 0};
    ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// The first one that connects and may, and nobody else.
Fd accept_one(const EndpointRequest& request, const channel::SocketAddress& address) {
    const Endpoint& endpoint = request.endpoint;
    const Fd listener = listen_at(request, address);
    Fd peer;
    int error = 0;
    while (!peer && error == 0) {
        Fd next(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!next) {
            error = errno == EINTR || errno == ECONNABORTED ? 0 : errno;
        } else if (request.from_anybody) {
            peer = std::move(next);
        } else if (const auto user = user_who_connected(next.get()); user && is_trusted(*user)) {
            take_data(next.get());
            peer = std::move(next);
        } else {
            tell_refused(endpoint, user);
            turn_away(std::move(next));
        }
    }
    if (endpoint.kind == "unix" && !channel::is_abstract(endpoint.address)) {
        ::unlink(endpoint.address.c_str());
    }
    if (!peer) throw SystemError("cannot listen on " + name_of(endpoint), error);
    return peer;
}

/// Whoever listens must be this user or root. On another machine, where an address leads that
/// nobody has here, the caller has chosen by the address.
void check_listener(const EndpointRequest& request, int socket,
                    const channel::SocketAddress& address) {
    if (request.from_anybody) return;
    const auto user = user_who_listens(socket);
    const bool elsewhere = !user && request.endpoint.kind == "tcp" && !address.is_loopback();
    if (elsewhere || (user && is_trusted(*user))) return;
    throw SystemError("cannot use " + name_of(request.endpoint), EPERM,
                      (user ? name_of_user(*user) : "somebody whose user is not known") +
                          " listens there; " + kTakeAnybody);
}

/// Tries for two seconds: the two sides may be started in the same breath.
Fd connect_to(const EndpointRequest& request, const channel::SocketAddress& address) {
    constexpr int kTries = 40;
    constexpr timespec kPause{0, 50'000'000};
    for (int tried = 1;; ++tried) {
        Fd fd = make_socket(address);
        if (::connect(fd.get(), address.get(), address.size) == 0) {
            check_listener(request, fd.get(), address);
            return fd;
        }
        if ((errno != ECONNREFUSED && errno != ENOENT) || tried == kTries) {
            throw SystemError("cannot connect to " + name_of(request.endpoint), errno);
        }
        ::nanosleep(&kPause, nullptr);
    }
}

/// The FIFO's owner must be this user or root, and nobody else may write what we read.
void check_fifo(const EndpointRequest& request, Side side, const struct stat& status) {
    if (request.from_anybody) return;
    const std::string what = "cannot use FIFO '" + request.endpoint.address + "'";
    if (!is_trusted(status.st_uid)) {
        throw SystemError(what, EPERM,
                          "it belongs to " + name_of_user(status.st_uid) + "; " + kTakeAnybody);
    }
    if (side == Side::receiver && (status.st_mode & S_IWOTH) != 0) {
        throw SystemError(what, EPERM,
                          std::string("its mode lets every user write there; ") + kTakeAnybody);
    }
}

Fd open_fifo(const EndpointRequest& request, Side side) {
    const std::string& path = request.endpoint.address;
    if (::mkfifo(path.c_str(), request.from_anybody ? 0666 : 0600) != 0 && errno != EEXIST) {
        throw SystemError("cannot create FIFO '" + path + "'", errno);
    }
    // looked at before it is opened: that waits for the other side; fifo(7)
    const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0) {
        throw SystemError("cannot open FIFO '" + path + "'", errno);
    }
    if (!S_ISFIFO(status.st_mode)) {
        throw SystemError("cannot use '" + path + "'", EINVAL, "it is there, and no FIFO");
    }
    check_fifo(request, side, status);
    const std::string same = "/proc/self/fd/" + std::to_string(place.get());
    Fd fd(::open(same.c_str(), (side == Side::sender ? O_WRONLY : O_RDONLY) | O_CLOEXEC));
    if (!fd) throw SystemError("cannot open FIFO '" + path + "'", errno);
    return fd;
}

}  // namespace

Fd open_stream(const EndpointRequest& request, Side side) {
    const Endpoint& endpoint = request.endpoint;
    if (endpoint.kind == "fifo") return open_fifo(request, side);
    const channel::SocketAddress address = endpoint.kind == "unix"
                                               ? channel::unix_address(endpoint.address).value()
                                               : channel::tcp_address(endpoint.address).value();
    const bool listens = request.approach == Approach::automatic
                             ? side == Side::receiver
                             : request.approach == Approach::listen;
    return listens ? accept_one(request, address) : connect_to(request, address);
}

}  // namespace pipectl::helper
