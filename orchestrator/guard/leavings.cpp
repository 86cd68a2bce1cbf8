#include "orchestrator/guard/leavings.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

#include "orchestrator/guard/guard.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/descendants.hpp"

namespace pipectl {

Leavings::Leavings(const Plan& plan, std::string run_id)
    : detached_(plan, run_id), run_id_(std::move(run_id)) {}

Facts::Leftovers Leavings::find() const {
    Facts::Leftovers left;
    left.children = has_children();
    if (!left.children) {
        return left;
    }
    for (const pid_t pid : descendants_of(::getpid())) {
        ProcessStat stat;
        if (!read_process_stat(pid, stat)) {
            continue;
        }
        const bool stays = detached_.own(pid);
        left.unwanted = left.unwanted || !stays;
        left.found.push_back({pid, stat.name, environment_of(pid, "PIPECTL_STAGE"), stays});
    }
    return left;
}

void Leavings::end() const {
    const auto unwanted = [this](pid_t pid) { return !detached_.own(pid); };
    signal_descendants(::getpid(), SIGTERM, unwanted);
    signal_descendants(::getpid(), SIGCONT, unwanted);
}

void Leavings::kill() const {
    signal_descendants(::getpid(), SIGKILL, [this](pid_t pid) { return !detached_.own(pid); });
}

bool Leavings::kill_all() {
    Cgroup group = find_cgroup_of(run_id_);
    const bool in_group = static_cast<bool>(group);
    if (!detached_.any()) {
        group.kill();
    }
    kill_descendants([this](pid_t pid) { return !detached_.own(pid); }, kSweepLimitMs, {});
    (void)remove_cgroup(group, detached_.any());  // else the guard does
    return in_group;
}

}  // namespace pipectl
