#pragma once

// The order in which diagnostics are shown, to people and to programs.

#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// For each used definition that something is wrong with: a note of where it is used.
void note_users(const SourceText& source, std::vector<Diagnostic>& diagnostics);

/// Sorts by place, those without one last, and takes out what is there twice.
void sort_and_join(std::vector<Diagnostic>& diagnostics);

}  // namespace pipectl
