#pragma once

// The page of a run, for `run --html` and `report FILE.json --html`: the verdict in words, where
// the time was lost, and everything that is known.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// One self-contained HTML document of less than 300 kB, whatever the summary holds.
std::string render_run_page(const Summary& summary);

}  // namespace pipectl
