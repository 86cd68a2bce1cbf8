#pragma once

// A pipeline once for each item of its [for-each].
//
// This process, the conductor, starts up to `jobs` children, each of which is the front of a run of
// its own and goes the way that every run goes: a supervisor, a guard, files that are replaced when
// that run has succeeded. The conductor starts no stage and reads no data of an edge: it hands on
// what the items wrote to stdout, in their order, and signals that reached it alone. When it is
// killed its children are, too (PR_SET_PDEATHSIG), and that is what a run is made for.

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"

namespace pipectl {

/// Returns the exit status, or ends this process by the signal that ended the items. `loaded` has
/// items, and its plan is that of the first one.
int run_for_each(const RunOptions& options, const Loaded& loaded);

}  // namespace pipectl
