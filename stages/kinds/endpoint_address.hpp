#pragma once

// What an endpoint's address may be, for whoever reads one: `check`, which opens nothing, and the
// helper, which opens it.

#include <sys/ipc.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// An address of a stream socket, ready for bind(2) and connect(2).
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] bool is_loopback() const;
};

/// HOST:PORT with a number for a host (names need libraries that a static program has not),
/// "localhost", or nothing, which is the same. Nothing when it is none.
std::optional<SocketAddress> tcp_address(std::string_view text);

/// A path, or "@NAME" for an abstract name; unix(7). Nothing when it is too long or empty.
std::optional<SocketAddress> unix_address(std::string_view text);

/// Whether a unix endpoint's address is an abstract name rather than a path.
inline bool is_abstract(std::string_view text) {
    return text.starts_with('@');
}

/// 0x1234 or 4660; never IPC_PRIVATE. Nothing when it is no key.
std::optional<key_t> queue_key(std::string_view text);

/// "'ADDRESS' is no path", for a kind that says what its addresses are.
AddressProblem address_problem(std::string_view address, const std::string& what, std::string hint);

/// Why no endpoint of that kind ("fifo", "tcp", "unix", a bridged kind) can have this address;
/// nothing when one can.
std::optional<AddressProblem> endpoint_problem(std::string_view kind, std::string_view address);

/// The same where messages of programs that know nothing of pipectl are meant.
std::optional<AddressProblem> foreign_problem(std::string_view kind, std::string_view address);

/// Why a kind with these addresses cannot have this one: HOST:PORT, a path or @NAME.
std::optional<AddressProblem> host_and_port_problem(std::string_view address);
std::optional<AddressProblem> socket_name_problem(std::string_view address);
bool is_socket_path(std::string_view address);

}  // namespace pipectl::channel
