#pragma once

// A run that leaves out what an earlier one has done: the definition, its plan and what that needs,
// made anew with players in place of stages.

#include <functional>
#include <optional>

#include "orchestrator/cache/keeper.hpp"
#include "orchestrator/cli/kept_run.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/event/event.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

struct CachedRun {
    Loaded loaded;
    Preflight preflight;
    StreamKeeper keeper;
    std::optional<KeptRun> kept;  ///< for `resume`, if it may be
};

/// `loaded` and `preflight` are those of all of it, without errors. Nothing when it has to be run
/// as it is: what would be played has just been taken away. Throws std::runtime_error, also when a
/// run that is to be resumed cannot be: what it depends on is not what it was.
std::optional<CachedRun> leave_out_cached(const RunOptions& options, const Loaded& loaded,
                                          const Preflight& preflight);

/// Hands events to `tell`, and what the keeper has to say of them. Writes down what a later run
/// can go on from, until this one has succeeded. `options` and `run` must outlive it.
std::function<void(const Event&)> telling_keeper(const RunOptions& options, CachedRun& run,
                                                 std::function<void(const Event&)> tell);

}  // namespace pipectl
