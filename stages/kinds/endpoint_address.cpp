#include "stages/kinds/endpoint_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number, base);
    if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

bool is_name(std::string_view text) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos &&
           text.front() != '.' && text.front() != '-';
}

/// "/ring" or "ring", or several such parts: only a name.
bool is_meeting_name(std::string_view text) {
    if (text.starts_with('/')) text.remove_prefix(1);
    for (;;) {
        const std::size_t slash = text.find('/');
        if (!is_name(text.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        text.remove_prefix(slash + 1);
    }
}

}  // namespace

bool SocketAddress::is_loopback() const {
    if (storage.ss_family == AF_INET) {
        const auto* const in4 = reinterpret_cast<const sockaddr_in*>(&storage);
        return ntohl(in4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const auto* const in6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    return storage.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

std::optional<SocketAddress> tcp_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    std::string host(text.substr(0, colon));
    if (!port || *port == 0) return std::nullopt;
    if (host.empty() || host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    SocketAddress address;
    auto* const in4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* const in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, host.c_str(), &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        in4->sin_port = htons(*port);
        address.size = sizeof *in4;
    } else if (::inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(*port);
        address.size = sizeof *in6;
    } else {
        return std::nullopt;
    }
    return address;
}

std::optional<SocketAddress> unix_address(std::string_view text) {
    SocketAddress address;
    auto* const un = reinterpret_cast<sockaddr_un*>(&address.storage);
    if (text.empty() || text == "@" || text.size() >= sizeof un->sun_path) return std::nullopt;
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, text.data(), text.size());
    address.size = sizeof *un;
    if (is_abstract(text)) {
        // a NUL in place of the sign, and as many bytes as the name has
        un->sun_path[0] = '\0';
        address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
    }
    return address;
}

std::optional<key_t> queue_key(std::string_view text) {
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    const auto key = whole_number<std::uint32_t>(text, hex ? 16 : 10);
    if (!key || *key == IPC_PRIVATE) return std::nullopt;
    return static_cast<key_t>(*key);
}

AddressProblem address_problem(std::string_view address, const std::string& what,
                               std::string hint) {
    return {"'" + std::string(address) + "' " + what, std::move(hint)};
}

std::optional<AddressProblem> host_and_port_problem(std::string_view address) {
    if (tcp_address(address)) return std::nullopt;
    return address_problem(address, "is no HOST:PORT",
                           "HOST is a numeric address or 'localhost', PORT is 1 to 65535");
}

std::optional<AddressProblem> socket_name_problem(std::string_view address) {
    if (unix_address(address)) return std::nullopt;
    return address_problem(address, "is no socket's address",
                           "a path of at most 107 bytes, or @NAME for an abstract name");
}

bool is_socket_path(std::string_view address) {
    return !address.empty() && !is_abstract(address);
}

std::optional<AddressProblem> foreign_problem(std::string_view kind, std::string_view address) {
    const Kind* const found = find_kind(kind);
    if (found == nullptr || found->endpoint.foreign == Foreign::none) {
        const bool stream = found != nullptr && (found->endpoint.meeting == Meeting::file ||
                                                 found->endpoint.meeting == Meeting::socket);
        return AddressProblem{"there are no messages of other programs at an endpoint of kind '" +
                                  std::string(kind) + "'",
                              stream ? "its bytes are any program's already: it needs no 'raw'"
                                     : "'raw' is for mq, sysv-mq, udp and unix-dgram"};
    }
    return found->endpoint.foreign_problem(address);
}

std::optional<AddressProblem> endpoint_problem(std::string_view kind, std::string_view address) {
    const Kind* const found = find_kind(kind);
    if (found == nullptr || found->endpoint.meeting == Meeting::none) {
        return AddressProblem{"there is no endpoint of kind '" + std::string(kind) + "'", {}};
    }
    if (found->endpoint.problem != nullptr) return found->endpoint.problem(address);
    if (is_meeting_name(address)) return std::nullopt;
    const std::string_view who = found->endpoint.who;
    const std::string example = std::string(kind) + ":/jobs";
    return address_problem(
        address, "is no name for an endpoint of kind '" + std::string(kind) + "'",
        who.empty() ? "letters, digits, '.', '_', '-', such as " + example
                    : "two pipectl meet at a name, such as " + example + "; " + std::string(who));
}

}  // namespace pipectl::channel
