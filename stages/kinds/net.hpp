#pragma once

// What an end of a `net` edge is made of, apart from who connects to whom: a connected socket, what
// the two ends share, and which of the two this one is. `create` of the kind makes both on one
// machine; between two machines each of them makes its own, with a socket and a key that it was
// handed, and gives the helper that is to work there a ticket (net_ticket(), make_ticket_end()).
//
// The halves themselves (stages/net) need TLS and zstd, which few programs are linked with: a
// program without them makes, carries and hands over ends, and opens none.

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "stages/channel/halves.hpp"
#include "stages/channel/ticket.hpp"

namespace pipectl::channel {

/// 256 random bits. Not to be written anywhere: a ticket carries it from memory to memory.
using NetSecret = std::array<char, 32>;

/// Throws SystemError when the kernel has none yet; getrandom(2).
NetSecret make_net_secret();

struct NetEnd {
    /// TCP, connected, of the sender's side or the receiver's. Blocking or not: it does not matter.
    Fd socket;
    /// Both ends have the same two. The key of the edge is HKDF-SHA256 of the secret for this edge,
    /// so that a secret may be a whole run's: "RUN ID\nLINK NAME", at most 512 bytes.
    NetSecret secret{};
    std::string edge;
    bool compress = false;  ///< by zstd; the same at both ends
    /// A peer that says nothing for so long, not even that it has got what was sent, is lost; 0:
    /// what the kernel thinks of it. TCP_USER_TIMEOUT and keep-alive probes; tcp(7).
    std::chrono::milliseconds silence{0};
    /// The end belongs to somebody who waits for it (make_ticket_end()): the handshake is done as
    /// it is opened and told over the line (NetNews). After `refused` the next ticket is awaited.
    bool reports = false;
};

/// A packet of one byte on the line of an end that reports.
enum class NetNews : char {
    up = 'u',  ///< the other end has the key
    refused =
        'r',  ///< not a peer, or one without the key, or silent for 5 s (or `silence`): closed
};

/// The ticket of an end, and what it says. Throw SystemError (EINVAL, EPROTO) for an end that
/// cannot be one.
Ticket net_ticket(NetEnd end);
NetEnd net_end(Ticket ticket);

/// The halves, where a program is linked with stages/net, and null elsewhere.
[[gnu::weak]] std::unique_ptr<Sender> open_net_sender(Ticket ticket, Line& line);
[[gnu::weak]] std::unique_ptr<Receiver> open_net_receiver(Ticket ticket, Line& line);

}  // namespace pipectl::channel
