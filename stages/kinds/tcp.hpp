#pragma once

// What `tcp` and `net` share, the step that has to be right among strangers: everyone on the
// machine can connect to a port on loopback.

#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// A listening, non-blocking socket on a free port of loopback; IPv4, or IPv6 where there is no
/// other. Throws SystemError.
Fd listen_on_loopback();

struct TcpPair {
    Fd connecting;
    Fd accepted;
};

/// Connects `connecting`, a fresh stream socket of the listener's family, and accepts exactly that
/// connection: others are closed unread, and none of them can make this wait. The two come back
/// blocking. Throws SystemError, after five seconds at the latest.
TcpPair meet(int listener, Fd connecting);

/// The two ends of an edge, by options `size` and `nodelay`: `connecting` is for the writer. Throws
/// SystemError.
TcpPair connect_on_loopback(const Settings& settings);

}  // namespace pipectl::channel
