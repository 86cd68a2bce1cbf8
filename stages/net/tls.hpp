#pragma once

// TLS 1.3 over a connected socket, with a key that both ends have and no certificates. Nothing here
// waits: who calls looks at the socket (poll(2)) when there is nothing to be had.
//
// Pinned to one suite on both sides: with another hash than the key's, OpenSSL's server would not
// find the key and would ask for a certificate. Keys are for one connection: no tickets, no
// resumption, no early data, which could be replayed.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "stages/base/fd.hpp"

namespace pipectl::channel {

class TlsStream {
  public:
    enum class Role { client, server };

    /// The key of the connection is HKDF-SHA256 of `secret`, for `context`. Throws SystemError.
    TlsStream(Fd socket, Role role, std::span<const char> secret, std::string_view context);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    [[nodiscard]] int fd() const;

    /// Goes on with the handshake: true when it is done, false when it needs the peer's next words.
    /// Throws SystemError with EACCES when the peer has another key or none, with EPIPE when it has
    /// gone; what is to be said to it is on its way by then, as far as the socket takes it.
    bool shake_hands();

    /// Encrypts all of it, into memory. After the handshake.
    void write(std::span<const char> bytes);

    /// Sends what was encrypted; false while the socket takes no more of it. Throws SystemError
    /// with EPIPE when the peer has gone.
    bool flush();

    /// What has come, decrypted: how many bytes. Nothing when that needs the socket to have more; 0
    /// when the connection has ended, well or not. Throws SystemError with EBADMSG for what the
    /// peer cannot have sent.
    std::optional<std::size_t> read(std::span<char> room);

    /// Something has been taken off the socket that was not read yet.
    [[nodiscard]] bool has_pending() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pipectl::channel
