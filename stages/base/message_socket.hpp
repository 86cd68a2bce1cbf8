#pragma once

// Messages with descriptors in them, over AF_UNIX sockets: SCM_RIGHTS of unix(7).

#include <span>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// A message carries as many descriptors at most.
inline constexpr std::size_t kMostPassedFds = 4;

struct PassedMessage {
    long size = 0;        ///< bytes of it; 0: the other side has gone; -1: see errno
    std::vector<Fd> fds;  ///< owned, close-on-exec
};

/// Sends one message. `flags` as in sendmsg(2); SIGPIPE is never raised. False: see errno.
bool pass_message(int socket, std::span<const char> bytes, std::span<const int> fds, int flags);

/// Takes one message; what does not fit into `room` is lost. `flags` as in recvmsg(2).
PassedMessage take_message(int socket, std::span<char> room, int flags);

}  // namespace pipectl
