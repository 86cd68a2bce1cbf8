#pragma once

// What guards a run that lasts: a third process that watches over it, and a control group that its
// processes cannot leave. See stages/programs/guard.cpp and process/cgroup.hpp.
//
// Both are made by the front once a run has lasted a moment, so that short ones do not pay for
// them. The third process lives in a session of its own and under another name: what kills pipectl
// by name or group does not kill it too.

#include <string>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/spawn.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// The run's control group when the front has made it, else an empty one.
Cgroup find_cgroup_of(const std::string& run_id);

/// Removes the group when its processes have ended. What is in it all the same may stay, in the
/// group above, or is killed.
void remove_cgroup(Cgroup& group, bool may_stay);

class Guard {
  public:
    explicit Guard(std::string run_id);

    /// Moves every descendant of the caller but `supervisor` to the run's control group, where one
    /// may be made, and starts the third process. A failure is no error: the run has two other
    /// watchers.
    void start(pid_t supervisor);

    /// Ends the third process. For the front, when the supervisor has ended.
    void stop();

    /// For the front, when the supervisor was killed: ends all that is in the group.
    void kill_group() { cgroup_.kill(); }

    /// Removes the group; see remove_cgroup().
    void remove_group(bool may_stay) { remove_cgroup(cgroup_, may_stay); }

  private:
    std::string run_id_;
    /// Front and supervisor share the writing end: it is closed when both have ended.
    PipeEnds lifeline_;
    Cgroup cgroup_;
    SpawnedProcess process_;
};

}  // namespace pipectl
