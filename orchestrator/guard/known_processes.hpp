#pragma once

// A list, in the run's folder, of the processes that are below the supervisor: what the guard knows
// them by when front and supervisor were killed at once, and a process has neither the run's
// environment nor a control group to tell it. Kept where no group can be made; as young as the last
// look.
//
// A line for each: its pid and its start time, in clock ticks since boot; proc_pid_stat(5).

#include <set>
#include <string>
#include <utility>

#include "orchestrator/guard/detached.hpp"
#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

class KnownProcesses {
  public:
    KnownProcesses(const Plan& plan, const std::string& run_id, channel::PrivateFolder& folder);

    /// Writes down who is there now, when that has changed.
    void note() noexcept;

    /// Removes the list.
    void close() noexcept;

  private:
    using Known = std::set<std::pair<pid_t, unsigned long long>>;

    void write(const Known& known);

    DetachedStages detached_;
    std::string run_id_;
    channel::PrivateFolder& folder_;
    Known known_;
    std::string path_;
    Fd file_;
    bool needless_ = false;  ///< there is a control group, or no list can be made
    bool looked_ = false;
};

}  // namespace pipectl
