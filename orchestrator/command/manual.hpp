#pragma once

// The manual page pipectl(1), made from the commands' values when the program is built
// (orchestrator/CMakeLists.txt), so that it is never behind.

#include <string>

#include "orchestrator/command/command.hpp"

namespace pipectl {

/// The page as roff: all commands with their options.
std::string manual_page(CommandList commands, const std::string& version);

}  // namespace pipectl
