#pragma once

// How much waits in a channel, asked of one of its ends. No byte is taken out of it.

#include <cstdint>
#include <optional>

namespace pipectl {

struct LinkLevel {
    std::int64_t filled = -1;  ///< bytes that its reader has not taken yet; -1: unknown
    std::int64_t room = 0;     ///< bytes that it holds; 0: unknown
    bool full = false;         ///< a usual write would have to wait

    [[nodiscard]] bool known() const { return filled >= 0; }
    [[nodiscard]] bool empty() const { return filled == 0; }
};

/// Of a pipe either end will do; of a stream socket `reader` is the end that is read from. -1: we
/// have no such end.
LinkLevel level_of_link(int writer, int reader);

enum class InputEnd { over, open, unknown };
/// Whether who reads from here would read an end, now: of a pipe or socket when nothing waits there
/// and nobody can write any more, of a regular file at its end. Unknown of anything else.
InputEnd end_of_input(int reader);

/// Bytes that have come to the end of a socket that is read from so far, those that still wait
/// there among them. Nothing where the kernel does not count: it does for TCP.
std::optional<std::uint64_t> arrived_at(int reader);

}  // namespace pipectl
