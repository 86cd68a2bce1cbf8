#pragma once

// The table of a run for `--summary`: a line for each stage, helpers in brackets, a total.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Aligned columns, each line ends with a newline. `colour` adds SGR sequences.
std::string render_table(const Summary& summary, bool colour);

}  // namespace pipectl
