#pragma once

// A comparison in words: the answer, what to beware of, what to write into the definition.

#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// One or two sentences without a newline: which channel, by how much, how sure.
std::string answer(const Table& table);

/// What makes the figures less than they seem: runs that are too short or too few, noise, outliers,
/// other bytes.
std::vector<std::string> find_warnings(const Comparison& comparison);

/// The lines to paste for the table's choice, each ending with a newline; empty: nothing is to be
/// changed.
std::string lines_to_paste(const Table& table);

/// "1.31 times faster than pipe (95 %: 1.22 to 1.40)", or slower.
std::string compared(const Row& row, const Row& baseline);

}  // namespace pipectl::compare
