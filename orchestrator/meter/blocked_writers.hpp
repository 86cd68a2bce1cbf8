#pragma once

// SIGPIPE for those who sleep in a write to a unix socket whose reader has left.
//
// The kernel gives SIGPIPE to whoever begins to write after the socket was shut down. One that
// sleeps in write(2) at that moment, and has put nothing in yet, is woken with EPIPE and without
// the signal (unix_stream_sendmsg()), and would report an error where it should have died.

#include <functional>

#include "orchestrator/process/open_files.hpp"

namespace pipectl {

/// Signals the descendants of this process that sleep in a write to `socket`, each once, until
/// nobody is left who was not told, or who may have been woken in such a write and waits for a
/// processor. `is_full`: whoever writes has to sleep. Takes some milliseconds, on a machine that is
/// too busy to let a woken writer run up to a second.
void warn_blocked_writers(const OpenFile& socket, const std::function<bool()>& is_full);

}  // namespace pipectl
