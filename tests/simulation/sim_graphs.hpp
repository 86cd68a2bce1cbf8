#pragma once

// The graphs that are simulated: every way in which processes and links can meet in a plan.

#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl::simulation {

/// The name of a stage that asks another one and reads its answers.
inline constexpr const char* kAsks = "ask";

std::vector<Plan> all_graphs();

/// Those whose parts can be on several hosts: what is linked otherwise than by bridges stays
/// together. Process::host is not set.
std::vector<Plan> hosted_graphs();

}  // namespace pipectl::simulation
