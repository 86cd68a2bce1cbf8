#include "orchestrator/compare/schedule.hpp"

#include <numeric>
#include <random>
#include <utility>

namespace pipectl::compare {

std::vector<std::vector<int>> make_schedule(int candidates, int rounds, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    std::vector<int> order(candidates);
    std::iota(order.begin(), order.end(), 0);
    std::vector<std::vector<int>> schedule;
    for (int round = 0; round < rounds; ++round) {
        // std::shuffle gives other orders with other libraries
        for (std::size_t left = order.size(); left > 1; --left) {
            std::swap(order[left - 1], order[engine() % left]);
        }
        schedule.push_back(order);
    }
    return schedule;
}

}  // namespace pipectl::compare
