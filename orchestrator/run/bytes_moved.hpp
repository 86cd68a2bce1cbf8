#pragma once

// How many bytes went over each edge and through each stage, from what /proc counts of the
// processes. Pure arithmetic.
//
// The kernel counts a process's bytes, not a descriptor's. Of an edge there are two witnesses: what
// its producer wrote and what its consumer read. Both may tell too much (files, messages, what it
// took to start the program), so the smaller one is believed: for a program that writes to its
// stdout only, and a reader that stays to the end, that is the exact number. Who moves bytes past
// the counters (splice(2), shared memory) is found out by its neighbours and not believed.

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

struct StageBytes {
    std::optional<std::int64_t> in, out;
};

struct BytesMoved {
    std::vector<std::optional<std::int64_t>> edges;  ///< by Plan::edges
    std::vector<StageBytes> processes;               ///< by Plan::processes
};

/// `counts`: by Plan::processes; nothing where nobody could know.
BytesMoved bytes_moved(const Plan& plan, const std::vector<std::optional<IoCount>>& counts);

}  // namespace pipectl
