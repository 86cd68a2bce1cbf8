#pragma once

// The proof that every channel delivered the same bytes: digests of all sinks of all runs, held
// against those of the reference run.
//
// A pipeline that gives something else each time (a date, lines in the order of their arrival)
// proves nothing; it shows when the baseline itself does not repeat the reference.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// By row: the digests of its counted runs.
using Digests = std::vector<std::vector<std::string>>;

/// Sets `digest` and `same_bytes` of the table's rows.
void prove(Table& table, const Digests& digests, const std::string& reference);

/// All tables together: see Comparison::same_bytes.
std::optional<bool> same_bytes(const Comparison& comparison);

}  // namespace pipectl::compare
