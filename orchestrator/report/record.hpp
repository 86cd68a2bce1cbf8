#pragma once

// A run's record for `--json`: everything that is known of it, for programs.
//
// `schema` is raised when a member changes its meaning or goes; new members may come at any time.
// What was not measured is null, never 0. A stage's `line` is that of its `run`, `shell` or `use`
// in the definition, a helper's that of the stage or edge that needs it.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

inline constexpr int kRecordSchema = 1;

/// One JSON object that ends with a newline.
std::string render_record_json(const Summary& summary);

}  // namespace pipectl
