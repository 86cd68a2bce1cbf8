#pragma once

// Two outputs of a run that are one file under two names: by a link, by another way to a folder, by
// a mount. Looks at names and attributes, opens nothing.

#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

std::vector<PreflightFailure> find_same_files(const Plan& plan);

}  // namespace pipectl
