#pragma once

// From the runs of a table's rows to what they mean: estimates, who leads, what to take.

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// Differences below this share are of no use to anybody, however sure they are.
inline constexpr double kSmallestDifference = 0.02;

/// Corrected p-values below this are called significant.
inline constexpr double kSignificance = 0.05;

/// The wall times of its runs, in their order.
std::vector<double> walls_of(const Row& row);

/// Fills everything that follows from `runs` and `failed`. Rows are in the order of plainness: of
/// rows that lead together the first one is the choice. Rows without runs are left alone.
void judge(Table& table);

}  // namespace pipectl::compare
