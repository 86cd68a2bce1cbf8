#pragma once

// Which processes may outlive the run: those that stages with `detach = true` put into the
// background.

#include <sys/types.h>

#include <string>

#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// The variable that tells such processes from others that merely say so: its value is random, made
/// for this run, and given to those stages alone.
inline constexpr const char* kDetachVariable = "PIPECTL_DETACH";
const std::string& detach_key();

class DetachedStages {
  public:
    DetachedStages(const Plan& plan, std::string run_id);

    /// There is such a stage.
    [[nodiscard]] bool any() const { return any_; }

    /// The process belongs to one: it has the key.
    [[nodiscard]] bool own(pid_t pid) const;

  private:
    std::string run_id_;
    bool any_;
};

}  // namespace pipectl
