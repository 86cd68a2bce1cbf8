#pragma once

// What the translation of a shell's text may ask about this machine.

#include "orchestrator/shell/shell.hpp"

namespace pipectl {

shell::Machine this_machine();

}  // namespace pipectl
