#pragma once

// `run --watch`: a run, and another one whenever an input has changed since the last one began.

#include "orchestrator/cli/run_options.hpp"

namespace pipectl {

/// Ends by the signal that ended it, as a run does, or returns the status of what cannot be
/// watched. Each run is a child of its own; a signal to this process goes to the run, too.
int watch_command(const RunOptions& options);

}  // namespace pipectl
