#pragma once

// How much of its input files a run has read, from the positions of the descriptors that the stages
// share with us. Bytes that a program maps, or reads by position, do not move them.

#include <cstdint>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/preflight.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class InputProgress {
  public:
    /// Takes note of the files that stages read as their stdin: the definition's, and pipectl's own
    /// stdin where that is a file. Call it while that one is still there. `preflight` must outlive
    /// this.
    InputProgress(const Plan& plan, const Preflight& preflight);

    struct Position {
        std::int64_t read = -1;  ///< -1: there is no file, or its position cannot be asked for
        std::int64_t size = -1;
    };
    /// Of all the files together.
    [[nodiscard]] Position position() const;

  private:
    void add(int fd);

    std::vector<int> files_;  ///< borrowed
    Fd own_;                  ///< pipectl's stdin
};

}  // namespace pipectl
