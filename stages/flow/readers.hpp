#pragma once

// How a helper learns that a reader has left, and how it ends when the last one has.
//
// Pipes and sockets tell by an error of their own. A file never does: whoever runs the helper tells
// it (stages/job/protocol.hpp). A SIGPIPE that somebody else sent means all of them. The other way
// round, a helper tells which outputs are complete.

namespace pipectl::helper {

/// From now on SIGPIPE does not end the process but is remembered.
void watch_readers();

/// Whether a SIGPIPE said that the reader of `fd` has left.
bool was_told(int fd);

/// Whether an errno of a write says that the reader has left.
bool is_reader_gone(int error);

/// From now on whoever runs the helper learns of each output that got all of its data while the
/// helper goes on for others: on pipe `fd`. What
/// is closed without such a word may be incomplete.
void tell_of_finished(int fd);

/// Tells so, if anybody wants to know.
void tell_finished(int number);

/// Dies of SIGPIPE, as a program whose only reader has left.
[[noreturn]] void end_without_readers();

}  // namespace pipectl::helper
