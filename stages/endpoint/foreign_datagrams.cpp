// Foreign messages as datagrams: UDP, and AF_UNIX at a path or an abstract name.

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "stages/base/error.hpp"
#include "stages/endpoint/endpoint_peer.hpp"
#include "stages/endpoint/foreign.hpp"
#include "stages/kinds/endpoint_address.hpp"

namespace pipectl::helper {

namespace {

/// As much as the kernel lets be: it cuts what is asked for down to net.core.rmem_max, wmem_max.
constexpr int kWantedBuffer = 8 << 20;
constexpr int kTriesToReach = 40;
constexpr timespec kPauseToReach{0, 50'000'000};

Fd datagram_socket(const channel::SocketAddress& address) {
    Fd fd(::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) throw SystemError("cannot create a socket", errno);
    return fd;
}

bool is_local(const channel::SocketAddress& address) {
    return address.get()->sa_family == AF_UNIX;
}

/// Takes them at an address of its own.
class DatagramsHere : public ForeignPlace {
  public:
    DatagramsHere(const EndpointRequest& request, const channel::SocketAddress& address)
        : ForeignPlace(request.endpoint), address_(address), from_anybody_(request.from_anybody) {
        socket_ = datagram_socket(address);
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &kWantedBuffer, sizeof kWantedBuffer);
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
        // before the first one can come: who has sent each
        if (is_local(address)) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
        }
        bind_socket();
    }
    ~DatagramsHere() override {
        if (is_bound_ && has_path()) ::unlink(path().c_str());
    }
    DatagramsHere(const DatagramsHere&) = delete;
    DatagramsHere& operator=(const DatagramsHere&) = delete;

    [[nodiscard]] ForeignLimit limit() const override { return {}; }  // takes what comes

    std::optional<ForeignMessage> take() override {
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
            if (size < 0 && errno == EAGAIN) {
                count_lost();
                return std::nullopt;
            }
            if (size < 0 && errno != EINTR) throw SystemError("cannot receive at " + name(), errno);
            if (size < 0) continue;
            ForeignMessage message;
            if (receive(message, static_cast<std::size_t>(size))) return message;
        }
    }

    bool put(std::span<const char> /*message*/) override { return false; }

    [[nodiscard]] int fd() const override { return socket_.get(); }
    [[nodiscard]] bool is_new() const override { return true; }

    void finish() override {
        count_lost();
        if (lost_ > told_) {
            tell_user(name() + " has lost " + std::to_string(lost_) +
                      (lost_ == 1 ? " datagram" : " datagrams") +
                      " in all: they came faster than they were read");
        }
        if (refused_ > 0) {
            tell_user(name() + " has refused " + std::to_string(refused_) +
                      (refused_ == 1 ? " datagram" : " datagrams") + " of other users");
        }
    }

  private:
    [[nodiscard]] std::string path() const {
        return reinterpret_cast<const sockaddr_un*>(address_.get())->sun_path;
    }

    [[nodiscard]] bool has_path() const { return is_local(address_) && !path().empty(); }

    void bind_socket() {
        const mode_t mask = ::umask(from_anybody_ ? 0111 : 0177);
        const int bound = ::bind(socket_.get(), address_.get(), address_.size);
        const int error = errno;
        ::umask(mask);
        if (bound != 0) throw SystemError("cannot receive at " + name(), error, why_not(error));
        is_bound_ = true;
    }

    [[nodiscard]] std::string why_not(int error) const {
        if (error != EADDRINUSE) return {};
        if (!is_local(address_)) return "another program receives there";
        struct stat status {};
        if (has_path() && ::stat(path().c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
            return "what is there is no socket";
        }
        const Fd probe = datagram_socket(address_);
        const bool is_dead =
            ::connect(probe.get(), address_.get(), address_.size) != 0 && errno == ECONNREFUSED;
        return is_dead ? "the name is there already, and nobody receives any more: remove it"
                       : "another program receives there";
    }

    /// False for one that is refused.
    bool receive(ForeignMessage& message, std::size_t size) {
        message.bytes.resize(size);
        iovec part{message.bytes.data(), size};
        // room for nothing else: descriptors that somebody sends along are not taken; unix(7)
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(socket_.get(), &header, 0);
        if (got < 0) return false;
        message.bytes.resize(static_cast<std::size_t>(got));
        std::optional<uid_t> sender;
        for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
             each = CMSG_NXTHDR(&header, each)) {
            if (each->cmsg_level != SOL_SOCKET) continue;
            if (each->cmsg_type == SCM_CREDENTIALS) {
                ucred who{};
                std::memcpy(&who, CMSG_DATA(each), sizeof who);
                sender = who.uid;
            } else if (each->cmsg_type == SO_RXQ_OVFL) {
                std::memcpy(&lost_, CMSG_DATA(each), sizeof lost_);
            }
        }
        tell_first_loss();
        if (from_anybody_ || !is_local(address_)) return true;
        if (sender && is_trusted(*sender)) return true;
        refuse(sender);
        return false;
    }

    /// What was lost behind the last one that came stands in no datagram; sock_diag(7).
    void count_lost() {
        std::uint32_t memory[SK_MEMINFO_VARS] = {};
        socklen_t size = sizeof memory;
        if (::getsockopt(socket_.get(), SOL_SOCKET, SO_MEMINFO, memory, &size) == 0) {
            lost_ = std::max(lost_, memory[SK_MEMINFO_DROPS]);
        }
        tell_first_loss();
    }

    void tell_first_loss() {
        if (lost_ == 0 || told_ > 0) return;
        told_ = lost_;
        tell_user(name() + " has lost " + std::to_string(lost_) +
                  (lost_ == 1 ? " datagram" : " datagrams") +
                  " so far: they came faster than they were read (net.core.rmem_max bounds what "
                  "may wait)");
    }

    void refuse(std::optional<uid_t> sender) {
        if (refused_++ > 0) return;
        tell_user(name() + " has refused a datagram of " +
                  (sender ? name_of_user(*sender) : "somebody whose user is not known") + " (" +
                  kTakeAnybody + ")");
    }

    channel::SocketAddress address_;
    Fd socket_;
    bool from_anybody_;
    bool is_bound_ = false;
    std::uint32_t lost_ = 0;
    std::uint32_t told_ = 0;
    std::uint64_t refused_ = 0;
};

/// Sends them to somebody else's.
class DatagramsThere : public ForeignPlace {
  public:
    DatagramsThere(const EndpointRequest& request, const channel::SocketAddress& address,
                   bool no_wait)
        : ForeignPlace(request.endpoint), is_local_(is_local(address)), no_wait_(no_wait) {
        socket_ = datagram_socket(address);
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kWantedBuffer, sizeof kWantedBuffer);
        for (int tried = 1; ::connect(socket_.get(), address.get(), address.size) != 0; ++tried) {
            const bool may_come = errno == ECONNREFUSED || errno == ENOENT;
            if (!may_come || no_wait_ || tried == kTriesToReach) {
                throw SystemError("cannot send to " + name(), errno,
                                  may_come ? "nobody receives there" : "");
            }
            ::nanosleep(&kPauseToReach, nullptr);
        }
        if (is_local_ && !request.from_anybody) check_owner(request.endpoint.address);
        is_ipv6_ = address.get()->sa_family == AF_INET6;
        is_near_ = is_local_ || address.is_loopback();
    }

    [[nodiscard]] ForeignLimit limit() const override {
        // the heads of IP and UDP; an IPv6 one does not count
        constexpr std::size_t kMostIpv4 = 65507;
        constexpr std::size_t kMostIpv6 = 65527;
        if (!is_local_) return {is_ipv6_ ? kMostIpv6 : kMostIpv4, "the longest UDP datagram"};
        int room = 0;
        socklen_t size = sizeof room;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &room, &size);
        constexpr int kKernelsOwn = 32;  // unix_dgram_sendmsg()
        return {static_cast<std::size_t>(std::max(0, room - kKernelsOwn)),
                "the send buffer, net.core.wmem_max"};
    }

    std::optional<ForeignMessage> take() override { return std::nullopt; }

    bool put(std::span<const char> message) override {
        for (int tried = 1;;) {
            const ssize_t went =
                ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            const bool was_refused = went < 0 ? is_refusal(errno) : is_first_refused();
            if (went >= 0 && !was_refused) {
                ++sent_;
                return true;
            }
            if (was_refused) {
                // an error that is told now may be of the datagram before
                if (sent_ > 0) throw ForeignReaderGone();
                if (no_wait_ || tried++ == kTriesToReach) fail_unheard();
                ::nanosleep(&kPauseToReach, nullptr);
            } else if (errno == EAGAIN || errno == ENOBUFS) {
                return false;
            } else if (errno != EINTR) {
                throw SystemError("cannot send to " + name(), errno);
            }
        }
    }

    [[nodiscard]] int fd() const override { return socket_.get(); }

    void finish() override {
        if (pending_error() != 0) throw ForeignReaderGone();
    }

  private:
    static bool is_refusal(int error) {
        return error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == EPIPE;
    }

    [[nodiscard]] int pending_error() const {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        return is_refusal(error) ? error : 0;
    }

    /// On this machine the answer to a datagram for nobody is there at once.
    [[nodiscard]] bool is_first_refused() const {
        return sent_ == 0 && is_near_ && pending_error() != 0;
    }

    [[noreturn]] void fail_unheard() const {
        throw SystemError("cannot send to " + name(), ECONNREFUSED, "nobody receives there");
    }

    /// Who receives must be this user or root: the owner of the path, or of the socket that has an
    /// abstract name.
    void check_owner(const std::string& address) const {
        std::optional<uid_t> owner;
        struct stat status {};
        if (channel::is_abstract(address)) {
            owner = user_who_has_name(address);
        } else if (::stat(address.c_str(), &status) == 0) {
            owner = status.st_uid;
        }
        if (owner && is_trusted(*owner)) return;
        throw SystemError("cannot send to " + name(), EPERM,
                          (owner ? name_of_user(*owner) : "somebody whose user is not known") +
                              " receives there; " + kTakeAnybody);
    }

    Fd socket_;
    bool is_local_;
    bool no_wait_;
    bool is_ipv6_ = false;
    bool is_near_ = false;
    std::uint64_t sent_ = 0;
};

}  // namespace

std::unique_ptr<ForeignPlace> open_foreign_datagrams(const EndpointRequest& request,
                                                     const job::Foreign& foreign, Side side) {
    if (foreign.type || foreign.priority) {
        throw UsageError{"datagrams have neither a type nor a priority"};
    }
    if (foreign.peek) {
        throw UsageError{"a socket has no datagrams before it receives: there is no --peek for '" +
                         request.endpoint.kind + ":" + request.endpoint.address + "'"};
    }
    const channel::SocketAddress address =
        request.endpoint.kind == "udp" ? channel::tcp_address(request.endpoint.address).value()
                                       : channel::unix_address(request.endpoint.address).value();
    if (side == Side::receiver) return std::make_unique<DatagramsHere>(request, address);
    return std::make_unique<DatagramsThere>(request, address, foreign.no_wait);
}

}  // namespace pipectl::helper
