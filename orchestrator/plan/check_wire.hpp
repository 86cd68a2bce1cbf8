#pragma once

// What holds of every plan that this build makes, asked of one that came as a text. Internal to
// this folder, and to its tests.

#include <string_view>

#include "orchestrator/plan/plan.hpp"

namespace pipectl::plan_wire {

/// read_wire() but for the questions of check(): indices may lead anywhere.
Plan parse(std::string_view text);

/// Throws JsonError, with the path of what is wrong. Processes of `host` have to be complete.
void check(const Plan& plan, int host);

}  // namespace pipectl::plan_wire
