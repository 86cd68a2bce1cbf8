#pragma once

// The page of a comparison of channels, for `compare --html`: the answer first, then every run,
// intervals, the matrix, what each channel costs, and what to type.

#include <string>

#include "orchestrator/compare/comparison.hpp"
#include "orchestrator/pages/detail.hpp"

namespace pipectl {

/// One self-contained HTML document of less than 300 kB, whatever the comparison holds.
std::string render_compare_page(const compare::Comparison& comparison);

/// Its figure: a row for each channel with all its runs as dots, its median and the interval of it.
std::string strip_figure(const compare::Table& table, const Detail& detail);

}  // namespace pipectl
