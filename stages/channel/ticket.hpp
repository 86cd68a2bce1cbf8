#pragma once

// What a process at the end of a bridged edge is handed: one descriptor, a socket on which a
// *ticket* waits. The ticket names the kind and brings its kernel objects; the socket is then the
// edge's lifeline: it hangs up when the process at the other end has gone, however it ended.
//
// So an edge of any bridged kind is two descriptors in a plan, its objects exist before a process
// starts, and those that are descriptors are gone with the last process that has them.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl::channel {

struct Ticket {
    static constexpr std::size_t kNumbers = 8;

    std::string kind;                               ///< of the table of kinds
    std::array<std::uint64_t, kNumbers> numbers{};  ///< what the kind's two halves agree on
    std::string text;                               ///< the same, for paths; at most 1 KiB
    std::vector<Fd> objects;                        ///< kernel objects that are descriptors, few
};

/// The two sockets, close-on-exec, each with its ticket waiting. The tickets' own descriptors can
/// be closed afterwards. Throws SystemError.
struct TicketEnds {
    Fd writer;
    Fd reader;
};
TicketEnds make_ticket_ends(const Ticket& for_writer, const Ticket& for_reader);

/// One end alone, of an edge whose other end is elsewhere: who makes it keeps `line` in place of
/// the other process, and hangs up with it. Throws SystemError.
struct TicketEnd {
    Fd end;
    Fd line;
};
TicketEnd make_ticket_end(const Ticket& ticket);

/// A further ticket on a line, for an end that waits for one. Throws SystemError.
void put_ticket(int line, const Ticket& ticket);

/// Takes the ticket off a socket; never waits. Throws SystemError (EPROTO when there is none, or
/// it is no ticket).
Ticket take_ticket(int socket);

}  // namespace pipectl::channel
