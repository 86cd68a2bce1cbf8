#pragma once

// What both bridges do: take their end of a channel over from descriptor CHANNEL.

#include <memory>

#include "stages/channel/kind.hpp"

namespace pipectl::helper {

/// The kind that the ticket names. Throws UsageError for one that is not bridged.
const channel::Kind& kind_of(const channel::Ticket& ticket);

/// Standard input into the channel whose ticket waits at `end`, to the end of data. Dies of SIGPIPE
/// when the reader has left. Returns the exit status.
int send_to(Fd end, bool lines);
/// The same with a ticket that was not handed over: there is no line, and no peer to watch.
int send_to(channel::Ticket ticket, bool lines);

/// What comes out of the channel whose ticket waits at `end`, to standard output. Dies of SIGPIPE
/// when nobody reads that any more; throws when the writer died before the end of data.
int receive_from(Fd end);
int receive_from(channel::Ticket ticket);

}  // namespace pipectl::helper
