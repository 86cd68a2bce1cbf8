#pragma once

// What the kinds of rings share: settings to ticket, ticket to halves, their row in the table.
//
// Numbers of a ticket: the ring's size, then how its halves wait, then a kind's own.

#include "stages/channel/kind.hpp"
#include "stages/ring/ring_halves.hpp"

namespace pipectl::channel {

enum class RingWait : std::uint64_t { futex, semaphore };

inline constexpr std::size_t kRingSizeNumber = 0;
inline constexpr std::size_t kRingWaitNumber = 1;
inline constexpr std::size_t kRingOwnNumbers = 2;

/// Whether each line is to be a record.
bool ring_has_lines(const Settings& settings);

/// A file, or memory that is one, becomes a ring: its room, its header. `what` names it for errors.
/// The edge's ends bring the file along. Throws SystemError.
EdgeEnds make_file_ring(std::string kind, Fd file, const std::string& what,
                        const Settings& settings, RingWait wait);

/// The halves of such a ring.
std::unique_ptr<Sender> open_file_ring_sender(Ticket ticket, Line& line);
std::unique_ptr<Receiver> open_file_ring_receiver(Ticket ticket, Line& line);

/// The ends with a ticket that both halves can use.
EdgeEnds ring_ends(const Ticket& ticket);

}  // namespace pipectl::channel
