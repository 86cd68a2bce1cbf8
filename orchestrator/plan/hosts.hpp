#pragma once

// Which machine each stage runs on: `host` looked up in [hosts].
//
// A host is in the plan when a stage is on it, and the plan has none when all stages run here.

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// Fills Plan::hosts; of each stage the index there. Reports hosts that are not there, and a group
/// where one machine is meant.
std::vector<int> find_hosts(const Definition& definition, const Resolver& resolver,
                            const FileTable& files, Plan& plan, Remarks& remarks);

/// Reports what stages that are not all on this machine cannot have. `hosts`: of each stage.
void check_hosts(const Definition& definition, const PlanRequest& request,
                 const std::vector<int>& hosts, const Plan& plan, Remarks& remarks);

}  // namespace pipectl
