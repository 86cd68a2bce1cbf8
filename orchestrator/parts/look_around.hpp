#pragma once

// What a definition takes from the files around it, for the planner, who asks the system nothing:
// the variables of `env-file`, and the files that patterns match.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

/// Adds it to the request, whose environment and source are there, and what is wrong with it to
/// `diagnostics`. Reads files that the definition names, and folders; nothing where it names none.
void look_around(const Definition& definition, PlanRequest& request,
                 std::vector<Diagnostic>& diagnostics);

/// The files that a pattern matches, as glob(3) has them, sorted by their bytes. A pattern that is
/// relative is one below `folder` where that is not empty, and so are the names.
std::vector<std::string> files_that_match(const std::string& pattern, const std::string& folder);

}  // namespace pipectl
