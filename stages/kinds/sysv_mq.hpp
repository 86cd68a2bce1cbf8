#pragma once

// What a ticket of the `sysv-mq` kind says: the numbers that both halves of an edge agree on.

#include <cstdint>

#include "stages/channel/ticket.hpp"

namespace pipectl::channel {

/// The type of all messages in queues with a key. Other programs count theirs from 1, so a reader
/// that takes this type alone never takes one of theirs.
inline constexpr long kEndpointType = 0x70637431;  // "pct1"

/// For a queue with a key: throws SystemError when nothing waits there but messages of other types.
/// Takes none; does nothing where the kernel cannot show a message without that (MSG_COPY,
/// msgop(2)).
void refuse_foreign_messages(int id);

struct TypedQueue {
    std::uint64_t id = 0;
    std::uint64_t room = 0;  ///< bytes in a message
    std::uint64_t type = 1;  ///< of the edge's messages
    /// The queue is not this edge's alone: its reader does not remove it.
    bool stays = false;
    /// In a queue that edges share, how many of this edge's messages may wait: a reader that is
    /// slow must not fill the queue for the others. 0: as many as there is room for.
    std::uint64_t share = 0;

    [[nodiscard]] Ticket ticket() const {
        return {"sysv-mq", {id, room, type, stays ? 1U : 0U, share}, {}, {}};
    }
    static TypedQueue from(const Ticket& ticket) {
        return {ticket.numbers[0], ticket.numbers[1], ticket.numbers[2], ticket.numbers[3] != 0,
                ticket.numbers[4]};
    }
};

}  // namespace pipectl::channel
