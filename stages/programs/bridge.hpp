#pragma once

// What both bridges do: take their end of a channel over from descriptor CHANNEL.

#include <memory>
#include <string>
#include <vector>

#include "stages/channel/kind.hpp"

namespace pipectl::helper {

/// The kind that the ticket names. Throws UsageError for one that is not bridged.
const channel::Kind& kind_of(const channel::Ticket& ticket);

/// For a read or write that says EFAULT: the bytes of the channel are not there any more. Throws
/// SystemError.
[[noreturn]] void fail_corrupt();

/// Removes System V objects that are still there.
void remove_objects(const std::vector<std::string>& objects);

/// Standard input into the channel whose ticket waits at `end`, to the end of data. Dies of SIGPIPE
/// when the reader has left. Returns the exit status.
/// `objects`: System V objects (sysv_name()) that go when the reader has left; a reader that takes
/// everything removes them itself.
int send_to(Fd end, bool lines, const std::vector<std::string>& objects = {});
/// The same with a ticket that was not handed over: there is no line, and no peer to watch.
int send_to(channel::Ticket ticket, bool lines);

/// What comes out of the channel whose ticket waits at `end`, to standard output. Dies of SIGPIPE
/// when nobody reads that any more; throws when the writer died before the end of data.
/// `objects` go in any case.
int receive_from(Fd end, const std::vector<std::string>& objects = {});
int receive_from(channel::Ticket ticket);

}  // namespace pipectl::helper
