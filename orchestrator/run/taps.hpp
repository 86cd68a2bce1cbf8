#pragma once

// The memory that the edges of a run with `--tap` are seen in; see stages/tapping.

#include <map>
#include <string>

#include "orchestrator/plan/plan.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class Taps {
  public:
    explicit Taps(const Plan& plan) : plan_(plan) {}

    /// For the process before the reader of this edge. Made at first use. Throws SystemError.
    int memory_for(int edge);

    /// Lets an edge be watched for a few seconds from now. Returns a descriptor that can only be
    /// read. Throws std::runtime_error with what is wrong, for whoever asked.
    Fd watch(const std::string& edge);

  private:
    const Plan& plan_;
    std::map<int, Fd> memory_;  ///< by Plan::edges
};

}  // namespace pipectl
