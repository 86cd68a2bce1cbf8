#pragma once

// Runs on three hosts: one world of programs and channels, a director for each host, and between
// them word that takes its time, hosts that fail, and lines that are cut and may heal.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/sim_world.hpp"

namespace pipectl::simulation {

/// Empty: every promise was kept.
std::string simulate_hosts(const Plan& graph, std::uint64_t seed, Broken broken,
                           std::vector<std::string>* trace);

}  // namespace pipectl::simulation
