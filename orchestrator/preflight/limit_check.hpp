#pragma once

// What a plan asks for and this machine's limits will not give: the words and variables of a
// process, channels whose queues are too large. Opens and makes nothing; looks at limits only.

#include <map>
#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

/// `environment` is pipectl's own. A value that is not known yet (a parameter that is not set)
/// counts as it stands in the plan.
std::vector<PreflightFailure> check_limits(const Plan& plan,
                                           const std::map<std::string, std::string>& environment);

}  // namespace pipectl
