#pragma once

// What stages have to hold before they start: units of semaphores and locks, looked up, and what
// can never be had or would lock the run up.

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/files.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// Stages of which one may have to wait until another one has ended.
using Contenders = std::vector<int>;

/// Fills Plan::semaphores, Plan::lock, Process::needs and Process::lock. Errors: a semaphore that
/// is not there, units that can never be had together, and a stage that waits for what another one
/// holds on its way of data, or that holds what another one needs before data can come: neither
/// could go on. Returns who contends with whom, for room.hpp.
std::vector<Contenders> plan_holds(const Definition& definition, const Wiring& wiring,
                                   const Resolver& resolver, const FileTable& files, Plan& plan,
                                   Remarks& remarks);

}  // namespace pipectl
