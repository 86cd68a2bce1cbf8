#pragma once

// What is believed of an edge's bytes, with what its producer wrote and its consumer read. Pure
// arithmetic.

#include <cstdint>

#include "orchestrator/meter/bytes_moved.hpp"

namespace pipectl {

/// What one end of an edge says.
struct Witness {
    std::optional<std::int64_t> bytes;
    bool counts_all = true;     ///< nothing went past the count: no more went over the edge
    bool seen_to_miss = false;  ///< something is known to have gone past the count
    bool by_others = false;     ///< but for what its children may have moved past it, it counts all
};

/// `read_is_all`: the consumer has no other input. `surely_wrote`: of a producer of several
/// processes, what it wrote to the outside at least; else nothing.
Moved moved_between(const Witness& wrote, const Witness& read, bool read_is_all,
                    std::optional<std::int64_t> surely_wrote);

/// Bounds that are as good as a number.
bool is_close(std::int64_t most, std::int64_t least);

}  // namespace pipectl
