#pragma once

// All commands of pipectl.

#include "orchestrator/command/command.hpp"

namespace pipectl {

/// In the order in which `pipectl --help` lists them.
CommandList all_commands();

}  // namespace pipectl
