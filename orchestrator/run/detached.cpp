#include "orchestrator/run/detached.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/process/descendants.hpp"

namespace pipectl {

DetachedStages::DetachedStages(const Plan& plan, std::string run_id)
    : plan_(plan),
      run_id_(std::move(run_id)),
      any_(std::ranges::any_of(plan.processes, &Process::detach)) {}

bool DetachedStages::own(pid_t pid) const {
    if (!any_ || environment_of(pid, "PIPECTL_RUN") != run_id_) {
        return false;
    }
    const std::string stage = environment_of(pid, "PIPECTL_STAGE");
    return std::ranges::any_of(plan_.processes, [&](const Process& process) {
        return process.detach && process.name == stage;
    });
}

}  // namespace pipectl
