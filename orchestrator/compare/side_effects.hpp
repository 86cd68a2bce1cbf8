#pragma once

// What a pipeline may do besides writing its outputs, and would do again with every run of a
// comparison: endpoints, kept spool files, and programs that are known to change things.
//
// A judgement by names and arguments, made to be too careful rather than too bold: programs that
// are not known pass. Whoever knows better says --yes.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl::compare {

/// An error for each stage that may change something, with its place and the reason.
std::vector<Diagnostic> find_side_effects(const Definition& definition, const Plan& plan);

}  // namespace pipectl::compare
