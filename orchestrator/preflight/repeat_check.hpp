#pragma once

// Whether what a run with `retries` reads can be read again, and whether what it writes can be kept
// from others until it has succeeded, by what stands at those places now.

#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

/// `inputs`: by Plan::inputs, as they were opened.
std::vector<PreflightFailure> check_repeatable(const Plan& plan, const std::vector<Fd>& inputs);

}  // namespace pipectl
