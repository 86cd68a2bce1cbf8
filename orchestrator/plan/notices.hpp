#pragma once

// `notify`: which stage is told of what by which signal. No data goes that way, so stages may tell
// each other.

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// The plan has the stages' processes, in the order of the definition.
void add_notices(const Definition& definition, Plan& plan, Remarks& remarks);

}  // namespace pipectl
