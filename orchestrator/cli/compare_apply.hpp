#pragma once

// pipectl compare --apply: the winning channel goes into the definition's file.

#include <string>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/compare/comparison.hpp"
#include "orchestrator/files/report_file.hpp"

namespace pipectl {

/// Replaces the definition's file by one that has the table's choice; comments and layout stay. The
/// new text must give the very plan that was measured, else nothing is written. Without a reason to
/// change anything it says so and returns 0. `file` is the definition's, opened before. Throws
/// ReportError when it cannot be replaced.
int apply_choice(const Loaded& loaded, const PlanRequest& request, const compare::Table& table,
                 const std::string& colour, ReportFile& file);

}  // namespace pipectl
