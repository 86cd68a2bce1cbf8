#pragma once

// The tables of a comparison as texts, cell by cell, for text and Markdown.

#include <string>
#include <vector>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

struct Cells {
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;  ///< each as long as the head, or shorter
};

/// A row for each candidate that was measured, the fastest first: figures and the ratio to the
/// baseline.
Cells figure_cells(const Table& table);

/// A row for each candidate, a column for each stage that is fed: ratios to the baseline there.
Cells matrix_cells(const Comparison& comparison);

/// "'raw': REASON", of rows that could not be measured; one line each.
std::vector<std::string> failed_lines(const Comparison& comparison);

}  // namespace pipectl::compare
