#pragma once

// The events of a run that was refused before its first process started, so that it has a record as
// any other; and how every run's events begin.

#include <string>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"

namespace pipectl {

/// The first event of a run that begins now.
RunStarted start_of_run(const Plan& plan, const std::string& run_id);

/// All events of a run that nothing was started of: its start, the failures by stage, `not started`
/// for every process, and an end with `status` and all failures in its message. Its id is new.
std::vector<Event> refused_run(const Plan& plan, int status,
                               const std::vector<PreflightFailure>& failures);

}  // namespace pipectl
