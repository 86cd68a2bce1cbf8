#pragma once

// The graphs that are simulated: every way in which processes and links can meet in a plan.

#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl::simulation {

/// The name of a stage that asks another one and reads its answers.
inline constexpr const char* kAsks = "ask";

std::vector<Plan> all_graphs();

}  // namespace pipectl::simulation
