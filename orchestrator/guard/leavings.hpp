#pragma once

// What is left of a run: processes that outlived their stages, and everything when pipectl's front
// was killed. All that is below this process and may not stay is ended; see
// process/descendants.hpp.

#include "orchestrator/director/world.hpp"
#include "orchestrator/guard/detached.hpp"

namespace pipectl {

class Leavings {
  public:
    Leavings(const Plan& plan, std::string run_id);

    [[nodiscard]] Facts::Leftovers find() const;
    /// SIGTERM and SIGCONT for those that may not stay.
    void end() const;
    /// SIGKILL for them.
    void kill() const;
    /// SIGKILL for all of the run that may not stay, and for its control group, until nothing is
    /// left. Says whether there was a group.
    bool kill_all();

  private:
    DetachedStages detached_;
    std::string run_id_;
};

}  // namespace pipectl
