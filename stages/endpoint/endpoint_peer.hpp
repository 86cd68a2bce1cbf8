#pragma once

// Who is at the other side of a stream endpoint. Anybody on the machine may connect to an address
// of the loopback interface or an abstract name, and make a FIFO or a socket where others look for
// one; so what is not this user's or root's is not spoken to, unless `from-user = "any"` says so.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace pipectl::helper {

/// What to do about one who is refused.
inline constexpr const char* kTakeAnybody =
    "from-user = \"any\" (--from-user any) lets everybody in";

/// This user, or root.
bool is_trusted(uid_t user);

/// "user 1001"
std::string name_of_user(uid_t user);

/// Before listen(2) on a TCP socket: no data and no end of a connection is taken from a peer until
/// take_data(), so that a client cannot be gone before it was asked who it is.
void hold_data(int listener);
/// For an accepted socket: whoever it is may speak now.
void take_data(int socket);

/// Whose process has connected to us. Nothing when the kernel does not tell: another machine, or a
/// client that is gone already.
std::optional<uid_t> user_who_connected(int socket);

/// Whose datagram socket has the abstract name "@x". Nothing when the kernel does not tell.
std::optional<uid_t> user_who_has_name(std::string_view address);

/// Whose process listens where `socket` has connected to. Nothing when the kernel does not tell.
std::optional<uid_t> user_who_listens(int socket);

}  // namespace pipectl::helper
