#pragma once

// Which conduits get an unbounded buffer, so that no set of stages can wait for each other for
// ever.
//
// A circle of waits goes at some process from "waits for data of it" over to "it waits for room":
// both links leave that process, and both lie on one circle of the graph. So where no process has
// two links of limited room that leave it inside one biconnected component, no circle of waits
// exists. That is what the planner brings about, with copiers that buffer or buffers of their own.

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/plan/holds.hpp"
#include "orchestrator/plan/layout.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// How much of a spill buffer is in memory where the definition does not say; the rest is on disk.
inline constexpr std::uint64_t kSpillMemory = std::uint64_t{4} << 20U;

/// Sets Conduit::spill_reason, or makes a copier buffer. A buffer that the definition limits is
/// left alone, with a warning that names the stages. `processes`: how many the plan has.
/// `contenders`: any of a group may have to wait until another one of it has ended.
void make_room(std::vector<Conduit>& conduits, int processes,
               const std::vector<Contenders>& contenders, Network& network, Remarks& remarks);

/// A copier with the room that a buffer asks for; null: memory, then disk without a bound.
job::Copy copy_with_room(const Buffer* buffer);

}  // namespace pipectl
