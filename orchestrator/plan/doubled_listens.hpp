#pragma once

// Two stages that would listen at one place: the second one could not.

#include <vector>

#include "orchestrator/plan/endpoints.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

void refuse_doubled_listens(const std::vector<PlannedEndpoint>& endpoints, Remarks& remarks);

}  // namespace pipectl
