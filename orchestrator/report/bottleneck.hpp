#pragma once

// Which stage decided how long a run took. A pure function of the accounts.
//
// In a chain the stage that is never waiting for its neighbours is the one that they wait for. What
// counts is how much of the run a stage spent on itself: running, on a disk, asleep for a reason of
// its own. Where nobody did and the first stage waited for pipectl's own stdin, or the last one for
// whoever reads pipectl's stdout, it was the outside. A stage that waited most of the run for units
// of a semaphore or a lock before it could start was kept by whoever held these.

#include <optional>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Nothing for runs that were too short to tell, and where no single stage stands out.
std::optional<Bottleneck> find_bottleneck(const Summary& summary);

}  // namespace pipectl
