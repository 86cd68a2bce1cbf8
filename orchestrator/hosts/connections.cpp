#include "orchestrator/hosts/connections.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::hosts {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatienceWithStrangers = 5s;
constexpr std::size_t kMostNameless = 64;

/// An address of either family, as bytes and as what the socket calls take.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    static std::optional<Address> of(const std::string& text, int port) {
        Address address;
        auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
        auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
        const auto number = htons(static_cast<std::uint16_t>(port));
        if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = number;
            address.size = sizeof *v4;
            return address;
        }
        if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = number;
            address.size = sizeof *v6;
            return address;
        }
        return std::nullopt;
    }
    [[nodiscard]] const sockaddr* any() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] std::string_view bytes() const {
        return storage.ss_family == AF_INET
                   ? std::string_view(
                         reinterpret_cast<const char*>(
                             &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr),
                         sizeof(in_addr))
                   : std::string_view(
                         reinterpret_cast<const char*>(
                             &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr),
                         sizeof(in6_addr));
    }
};

/// "10.0.0.0/8" or a single address; empty: all are.
bool is_within(const Address& address, const std::string& wanted) {
    if (wanted.empty()) return true;
    const std::size_t slash = wanted.find('/');
    const auto net = Address::of(wanted.substr(0, slash), 0);
    if (!net || net->storage.ss_family != address.storage.ss_family) return false;
    const std::string_view mine = address.bytes();
    const std::string_view theirs = net->bytes();
    std::size_t bits = mine.size() * 8;
    if (slash != std::string::npos) {
        std::from_chars(wanted.data() + slash + 1, wanted.data() + wanted.size(), bits);
    }
    for (std::size_t bit = 0; bit < bits && bit < mine.size() * 8; ++bit) {
        const int mask = 0x80 >> (bit % 8);
        if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

/// Waits for what connect(2) has begun. 0 or errno.
int finish_connect(int fd) {
    pollfd polled{fd, POLLOUT, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(kPatienceWithStrangers.count()));
    if (ready == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    if (ready < 0 || ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace

std::vector<std::string> own_addresses(const std::string& wanted, bool loopback) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {"127.0.0.1"};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    std::vector<std::string> found;
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0 ||
            (each->ifa_flags & IFF_LOOPBACK) != 0 || loopback) {
            continue;
        }
        std::array<char, INET6_ADDRSTRLEN> text{};
        const int family = each->ifa_addr->sa_family;
        const void* bytes = nullptr;
        if (family == AF_INET) {
            bytes = &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr;
        } else if (family == AF_INET6) {
            const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
            if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) continue;  // of use with its link only
            bytes = &v6.sin6_addr;
        }
        if (bytes == nullptr || ::inet_ntop(family, bytes, text.data(), text.size()) == nullptr) {
            continue;
        }
        const auto address = Address::of(text.data(), 0);
        if (address && is_within(*address, wanted)) found.emplace_back(text.data());
    }
    if (found.empty() && (loopback || wanted.empty() || wanted.starts_with("127."))) {
        found.emplace_back("127.0.0.1");
    }
    return found;
}

void Connections::await(int link, const std::string& name) {
    awaited_.emplace(name, link);
}

void Connections::listen(const Host& host, bool loopback) {
    if (awaited_.empty()) return;
    const std::vector<std::string> addresses = own_addresses(host.address, loopback);
    if (addresses.empty()) {
        throw SystemError("no address of this machine is in '" + host.address + "'", 0);
    }
    // one that is the only one is bound to; of several any may be the one that others reach
    const bool v6 = std::ranges::any_of(
        addresses, [](const std::string& each) { return each.find(':') != std::string::npos; });
    const std::string bound = addresses.size() == 1 ? addresses.front() : v6 ? "::" : "0.0.0.0";
    const int first = host.ports ? host.ports->first : 0;
    const int last = host.ports ? host.ports->last : 0;
    int error = 0;
    for (int port = first; port <= last; ++port) {
        const auto address = Address::of(bound, port);
        Fd socket(
            ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int yes = 1;
        const int no = 0;
        if (address->storage.ss_family == AF_INET6) {
            ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
        }
        if (first != 0) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (socket && ::bind(socket.get(), address->any(), address->size) == 0 &&
            ::listen(socket.get(), SOMAXCONN) == 0) {
            sockaddr_storage own{};
            socklen_t size = sizeof own;
            ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
            port_ =
                ntohs(own.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&own)->sin_port
                                               : reinterpret_cast<sockaddr_in6*>(&own)->sin6_port);
            listener_ = std::move(socket);
            return;
        }
        error = errno;
    }
    throw SystemError("cannot listen on '" + bound + "'", error);
}

void Connections::add_to(std::vector<pollfd>& polled) const {
    if (listener_) polled.push_back({listener_.get(), POLLIN, 0});
    for (const Nameless& each : nameless_) {
        polled.push_back({each.socket.get(), POLLIN, 0});
    }
}

std::vector<int> Connections::look() {
    std::vector<int> come;
    const Clock::time_point now = Clock::now();
    while (listener_ && nameless_.size() < kMostNameless) {
        Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket) break;
        nameless_.push_back({std::move(socket), {}, now + kPatienceWithStrangers});
    }
    std::erase_if(nameless_, [&](Nameless& each) {
        std::array<char, kEdgeNameBytes> bytes{};
        const ssize_t got = ::recv(each.socket.get(), bytes.data(),
                                   kEdgeNameBytes - each.said.size(), MSG_DONTWAIT);
        if (got > 0) each.said.append(bytes.data(), static_cast<std::size_t>(got));
        if (each.said.size() == kEdgeNameBytes) {
            const auto found = awaited_.find(each.said);
            if (found != awaited_.end()) {
                come.push_back(found->second);
                ends_[found->second] = std::move(each.socket);
                awaited_.erase(found);
            } else {
                ++strangers_;
            }
            return true;
        }
        const bool waits = got < 0 && (errno == EAGAIN || errno == EINTR);
        const bool over = got == 0 || (got < 0 && !waits) || now >= each.until;
        if (over) ++strangers_;
        return over;
    });
    if (awaited_.empty()) close();
    return come;
}

void Connections::close() {
    awaited_.clear();
    listener_.reset();
    nameless_.clear();
}

std::string Connections::connect(int link, const std::string& name,
                                 const std::vector<std::string>& addresses, int port) {
    std::string tried;
    for (const std::string& text : addresses) {
        const auto address = Address::of(text, port);
        int error = EINVAL;
        if (address) {
            Fd socket(::socket(address->storage.ss_family,
                               SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            error = !socket                                                       ? errno
                    : ::connect(socket.get(), address->any(), address->size) == 0 ? 0
                    : errno == EINPROGRESS ? finish_connect(socket.get())
                                           : errno;
            // so few bytes always have room in a new connection
            if (error == 0 && ::send(socket.get(), name.data(), name.size(), MSG_NOSIGNAL) !=
                                  static_cast<ssize_t>(name.size())) {
                error = errno;
            }
            if (error == 0) {
                ends_[link] = std::move(socket);
                awaited_.erase(name);
                return {};
            }
        }
        tried += (tried.empty() ? "" : ", ") + text + " port " + std::to_string(port) + " (" +
                 errno_text(error) + ")";
    }
    return tried.empty() ? "it has no address" : tried;
}

Fd Connections::take(int link) {
    const auto found = ends_.find(link);
    if (found == ends_.end()) return {};
    Fd socket = std::move(found->second);
    ends_.erase(found);
    return socket;
}

}  // namespace pipectl::hosts
