#pragma once

// In which order candidates run: each once in every round, each round in a new random order, so
// that neither a slow minute of the machine nor who ran just before meets one candidate alone.

#include <cstdint>
#include <vector>

namespace pipectl::compare {

/// `rounds` permutations of 0 .. candidates-1. The same seed gives the same orders.
std::vector<std::vector<int>> make_schedule(int candidates, int rounds, std::uint64_t seed);

}  // namespace pipectl::compare
