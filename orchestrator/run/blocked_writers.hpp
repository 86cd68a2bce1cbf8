#pragma once

// SIGPIPE for those who sleep in a write to a unix socket whose reader has left.
//
// The kernel gives SIGPIPE to whoever begins to write after the socket was shut down. One that
// sleeps in write(2) at that moment, and has put nothing in yet, is woken with EPIPE and without
// the signal (unix_stream_sendmsg()), and would report an error where it should have died.

#include <functional>

#include "orchestrator/process/open_files.hpp"

namespace pipectl {

/// Signals the descendants of this process that sleep in a write to `socket`, each once, until none
/// is left that was not told or `is_full` says that nobody needs to sleep. Takes some milliseconds
/// at most.
void warn_blocked_writers(const OpenFile& socket, const std::function<bool()>& is_full);

}  // namespace pipectl
