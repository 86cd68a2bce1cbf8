#pragma once

// The two halves of a bridged channel, as the processes at its ends use them: bridges for programs
// that read and write pipes, native stages in place.
//
// Bytes arrive once and in order. The end of data is a mark with the length and the XXH3 digest of
// all that was sent, so that the end is told from a death and from a loss. Records have bounds that
// the receiver sees; a record that does not fit into one message arrives in pieces.
//
// Every function that waits throws PeerGone when the other process has gone (a receiver's only
// after all that it has sent), OwnSideGone, and SystemError for all else that cannot go on: "the
// channel is corrupt" is EBADMSG.

#include <cstddef>
#include <memory>
#include <span>

#include "stages/channel/line.hpp"
#include "stages/channel/ticket.hpp"

namespace pipectl::channel {

class Sender {
  public:
    virtual ~Sender() = default;

    /// For who fills the channel in place, before the first commit(): on shared memory, where both
    /// sides look at the same bytes, they are only counted. Elsewhere it changes nothing.
    virtual void count_only() {}

    /// Room of at least one and at most `wanted` bytes, to be filled in place. Waits for it. It
    /// stays the same until the next commit().
    virtual std::span<char> reserve(std::size_t wanted) = 0;

    /// The first `size` bytes of the room are data; the receiver can see them from now on. May
    /// wait. `ends_record`: a record ends after them (`size` may be 0 then).
    virtual void commit(std::size_t size, bool ends_record) = 0;

    /// All data was committed. Returns when the receiver needs nothing more of this process: it
    /// has taken everything, or can take it without us.
    virtual void finish() = 0;
};

/// What a receiver sees.
struct Piece {
    std::span<const char> bytes;  ///< in place; until release()
    bool ends_record = false;     ///< a record ends after these bytes
    bool end = false;             ///< the true end of data: no more bytes, ever
};

class Receiver {
  public:
    virtual ~Receiver() = default;

    /// The next bytes. Waits for at least one, for the end of a record, or for the end of data.
    virtual Piece peek() = 0;

    /// The first `size` bytes of what peek() showed are not needed any more.
    virtual void release(std::size_t size) = 0;
};

}  // namespace pipectl::channel
