#pragma once

// The table of a run for `--summary`: a line for each stage, helpers in brackets, a total, and what
// decided how long it took.
//
// `in` and `out` are bytes; `starved` and `blocked` the shares of its time that a stage waited for
// its producers and for room at its readers.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Aligned columns, each line ends with a newline. `colour` adds SGR sequences.
std::string render_table(const Summary& summary, bool colour);

}  // namespace pipectl
