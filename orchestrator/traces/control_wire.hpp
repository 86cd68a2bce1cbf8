#pragma once

// How a run and those who ask it speak: one packet for a request, one for the answer, over a socket
// in the run's private folder (AF_UNIX, SOCK_SEQPACKET; unix(7)).
//
// Requests: "record", "words" (of all stages), "words STAGE", "tap EDGE", "cancel", "kill", "signal
// NUMBER" (all stages), "signal NUMBER STAGE". Answers: "ok", or "error " and a text. That of
// "record" has a descriptor with the run's record so far, as a file in memory: however long it is,
// the run never waits for somebody to read it. That of "tap" is memory to look into
// (stages/tapping), for some seconds: it is asked again. That of "words" is the same with what
// stages have said on stderr (run/words_so_far.hpp); whoever asked for it and is still connected
// when the run ends gets a last one, "end", without asking. Those of "cancel" and "kill" have a
// pidfd of the run's first process, which is readable when the run is over.
//
// Who conducts the items of a [for-each] is asked likewise, but by an abstract name, which goes
// with its process: it has no folder that somebody would have to remove.
//
// Folders are reached through their descriptors, because a socket's path is short (108 bytes).

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl::control {

inline constexpr const char* kSocketName = "control";
/// The longest request or answer, in bytes.
inline constexpr std::size_t kLongestPacket = 8192;

/// The socket's path by way of a descriptor of its folder.
sockaddr_un address_in(int folder);

/// Of whoever conducts the run with this id, a [for-each] whose runs have their folders in `place`;
/// `size` of it counts. Such names are seen by all, so that the place is a part of them.
sockaddr_un items_address(const std::string& run, const std::string& place, unsigned& size);
/// Ids of all of a place that can be seen here, whoever they are of.
std::vector<std::string> find_conducted(const std::string& place);

/// Whether the other end is this user, or root.
bool is_trusted_peer(int socket);

/// Sends a packet with a descriptor, or without (-1). Never waits; false when it was not taken.
bool send_packet(int socket, const std::string& text, int descriptor);

/// A text as a file in memory that can only be read. Throws SystemError.
Fd make_text_file(const std::string& text);

}  // namespace pipectl::control
