#pragma once

// What the two stream-socket kinds share: one direction only, and buffer sizes.

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// Makes an edge of two connected sockets and the copies that a supervisor holds. The reader cannot
/// send any more: data that nobody would read at the writer's end turned a clean end of the writer
/// into a lost connection. Throws SystemError.
EdgeEnds socket_edge(Fd writer, Fd reader);

/// Sets SO_SNDBUF or SO_RCVBUF. When `must` is set, less than `size` is a SystemError that names
/// the limit; otherwise as much is taken as the kernel gives. socket(7).
void set_socket_buffer(int fd, int option, std::uint64_t size, bool must);

}  // namespace pipectl::channel
