#pragma once

// The page of a run, for `run --html` and `report FILE.json --html`: the verdict in words, where
// the time was lost, and everything that is known.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// One self-contained HTML document of less than 300 kB, whatever the summary holds.
std::string render_run_page(const Summary& summary);

/// The same of a [for-each]: a table of its items, and of those in `runs`, by their index, what is
/// known of their stages.
std::string render_items_page(const Summary& summary,
                              const std::vector<std::pair<std::size_t, Summary>>& runs);

}  // namespace pipectl
