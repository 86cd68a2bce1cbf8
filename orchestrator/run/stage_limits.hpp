#pragma once

// `limits` of a stage: what the kernel is told, and what it tells of one that was reached.

#include <string>
#include <vector>

#include "orchestrator/event/exit_status.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/child_process.hpp"

namespace pipectl {

/// For the process as it is started.
std::vector<ResourceLimit> resource_limits(const ProcessLimits& limits);

/// "cpu" or "file-size", when the process, or a command of a shell that handed its status on, was
/// ended by that; empty: by no limit, or by one of which the kernel tells nobody but the program
/// (memory, files, processes: the call that asked for more has failed).
std::string limit_reached(const ProcessLimits& limits, const ExitStatus& status,
                          const ResourceUse& use);

}  // namespace pipectl
