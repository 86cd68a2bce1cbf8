#pragma once

// The work of `pipectl history`.

#include "orchestrator/command/given.hpp"

namespace pipectl {

/// Returns the exit status.
int history_command(const Given& given);

}  // namespace pipectl
