#pragma once

// What a process that could not be started means: for people, and for the exit status.

#include <string>

#include "orchestrator/process/spawn.hpp"

namespace pipectl {

/// "cannot execute '/opt/tool': Exec format error", with the limit that was hit when it is one.
std::string describe_start_failure(const SpawnFailure& failure, const std::string& program);

/// 127: the program is not there; 126: it cannot be executed; 125: anything else.
int status_of_start_failure(const SpawnFailure& failure);

}  // namespace pipectl
