#pragma once

// Which processes may outlive the run: those that stages with `detach = true` put into the
// background.

#include <sys/types.h>

#include <string>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

class DetachedStages {
  public:
    DetachedStages(const Plan& plan, std::string run_id);

    /// There is such a stage.
    [[nodiscard]] bool any() const { return any_; }

    /// The process belongs to one, as its environment says.
    [[nodiscard]] bool own(pid_t pid) const;

  private:
    const Plan& plan_;
    std::string run_id_;
    bool any_;
};

}  // namespace pipectl
