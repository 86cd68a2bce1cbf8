#pragma once

// Which processes of a plan are given a terminal: those can write to it at any moment, in pieces
// that end inside a line or a character, and nobody is told.

#include <array>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

struct TerminalUse {
    /// Some process has a terminal among its descriptors.
    bool any = false;
    /// Processes whose data goes to one, by another descriptor than stderr; of Plan::processes.
    std::vector<int> data;
};

/// Asks what pipectl's own descriptors and the plan's output files are at this moment.
/// `own`: which of the three processes get as they are.
TerminalUse terminal_use(const Plan& plan, std::array<bool, 3> own = {true, true, true});

}  // namespace pipectl
