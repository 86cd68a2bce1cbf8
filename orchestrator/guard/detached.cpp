#include "orchestrator/guard/detached.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/traces/run_folder.hpp"

namespace pipectl {

const std::string& detach_key() {
    static const std::string key = make_run_id();
    return key;
}

DetachedStages::DetachedStages(const Plan& plan, std::string run_id)
    : run_id_(std::move(run_id)), any_(std::ranges::any_of(plan.processes, &Process::detach)) {}

bool DetachedStages::own(pid_t pid) const {
    return any_ && environment_of(pid, "PIPECTL_RUN") == run_id_ &&
           environment_of(pid, kDetachVariable) == detach_key();
}

}  // namespace pipectl
