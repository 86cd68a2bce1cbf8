#pragma once

// What the two stream-socket kinds share: one direction only, buffer sizes, and how a writer is
// seen to go on after its reader has gone.

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// Makes an edge of two connected sockets and the copies that a supervisor holds. The reader cannot
/// send any more: data that nobody would read at the writer's end turned a clean end of the writer
/// into a lost connection. Throws SystemError.
EdgeEnds socket_edge(Fd writer, Fd reader);

/// Sets SO_SNDBUF or SO_RCVBUF. When `must` is set, less than `size` is a SystemError that names
/// the limit; otherwise as much is taken as the kernel gives. socket(7).
void set_socket_buffer(int fd, int option, std::uint64_t size, bool must);

/// See Kind::writer_goes_on. `written` is the number of bytes that the writer has put in so far, or
/// any number that grows with it while nobody reads.
bool grown_or_full(int socket, std::uint64_t written, std::uint64_t& mark);

/// Throws away what is on its way to a reader that has gone, when the socket takes no more. A
/// writer that fell asleep when it was full is woken only when most of it is free, and sleeps for
/// ever when the last reader left it half full; once awake it fills it to the brim. Does not block.
void make_room(int writer, int reader);

}  // namespace pipectl::channel
