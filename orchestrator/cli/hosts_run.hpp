#pragma once

// A run on several machines: its plan has hosts.

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"

namespace pipectl {

/// What run_loaded() is for a run on one. Returns the exit status.
int run_over_hosts(const RunOptions& options, const Loaded& loaded);

}  // namespace pipectl
