#pragma once

// The order in which diagnostics are shown, to people and to programs.

#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// Sorts by place, those without one last, and takes out what is there twice.
void sort_and_join(std::vector<Diagnostic>& diagnostics);

}  // namespace pipectl
