#pragma once

// The third process that watches over a run: see stages/programs/guard.cpp.
//
// Started once a run has lasted a moment, so that short ones do not pay for it, in a session of its
// own and under another name, so that what kills pipectl by name or group does not kill it too.

#include <string>

#include "orchestrator/process/spawn.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class Guard {
  public:
    /// The pipe whose writing ends front and supervisor hold, made before they part.
    Guard();

    /// For the front: keeps the writing end only.
    void stay_in_front();

    /// Starts the process. `helper`: the path of the helper program. A failure is no error: the run
    /// has two other watchers.
    void start(const std::string& helper, const std::string& run_id);

    [[nodiscard]] pid_t pid() const { return process_.pid; }

    /// Ends it. For the supervisor, when nothing of the run is left.
    void stop();

  private:
    PipeEnds lifeline_;
    SpawnedProcess process_;
};

}  // namespace pipectl
