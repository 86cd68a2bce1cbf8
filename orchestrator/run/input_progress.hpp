#pragma once

// How much of its input files a run has read, from the positions of the descriptors that the stages
// share with us. Bytes that a program maps, or reads by position, do not move them.

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
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
    /// What a process has read of the file that is its stdin; nothing when that is no file.
    [[nodiscard]] std::optional<std::int64_t> read_by(int process) const;

  private:
    struct Input {
        int process = 0;
        int fd = -1;  ///< borrowed
    };
    void add(int process, int fd);

    std::vector<Input> inputs_;  ///< each file once
    Fd own_;                     ///< pipectl's stdin
    std::int64_t began_at_ = 0;  ///< where that one stood
};

}  // namespace pipectl
