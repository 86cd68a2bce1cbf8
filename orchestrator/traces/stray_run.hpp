#pragma once

// A run of which all processes of pipectl's were killed together: what it has started goes on, and
// nobody watches it. Its folder tells, which no owner has locked any more
// (stages/objects/run_remains.hpp); what belongs to it is in its control group, wherever that is,
// or has its id in the environment.

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace pipectl {

/// True when the run's folder has lost its owner and no guard is about to clean up.
bool is_stray(const std::string& run, const std::string& folder);

/// What of the run still lives; the pids of a moment.
std::vector<pid_t> processes_of_run(const std::string& run);

struct StrayEnd {
    std::size_t ended = 0;  ///< how many processes it were
    std::size_t left = 0;   ///< how many of them could not be ended
};

/// Kills what of a stray run still lives, and removes its control groups.
StrayEnd end_stray_run(const std::string& run);

}  // namespace pipectl
