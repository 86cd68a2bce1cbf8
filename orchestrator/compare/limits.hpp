#pragma once

// What limits each channel of a comparison, in words: where a row's time goes that the baseline's
// does not. From what was measured of the processes alone: processor time in the programs and in
// the kernel, helpers, context switches by the bytes that went over the edges.
//
// A cause is named only where a figure shows it; who is neither slower nor faster has none.

#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// Why `row` takes another time than `baseline`, a sentence without a full stop; empty when it does
/// not, or nothing that was measured shows why.
std::string limit_of(const Row& row, const Row& baseline);

/// What all channels have in common: a stage that computes for most of the run, which no channel
/// makes shorter. A sentence without a full stop; empty: none does.
std::string common_limit(const Table& table);

/// Both, a line for each: what all have in common, then "unix: ..." of each row that has a cause,
/// the fastest first. Made harmless.
std::vector<std::string> limit_lines(const Table& table);

}  // namespace pipectl::compare
