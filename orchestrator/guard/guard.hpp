#pragma once

// What guards a run: a third process that watches over it, and a control group that its processes
// cannot leave. See stages/programs/guard.cpp and process/cgroup.hpp.
//
// The third process stands by from the start on the front's own memory, see stand_by.hpp. Once a
// run has lasted a moment it executes the guard, and the group is made: short runs do not pay for
// that. It lives in a session of its own and then under another name: what kills pipectl by name or
// group does not kill it too.

#include <sys/types.h>

#include <string>
#include <vector>

#include "orchestrator/guard/stand_by.hpp"
#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/child_process.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// The run's control group when the front has made it, else an empty one.
Cgroup find_cgroup_of(const std::string& run_id);

/// Removes the group when its processes have ended. What is in it all the same may stay, in the
/// group above, or is killed. False when it still stands after a second: a process of a machine
/// that is busy may take its time to end.
bool remove_cgroup(Cgroup& group, bool may_stay);

class Guard {
  public:
    explicit Guard(std::string run_id);
    ~Guard() { stop(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    /// Starts the third process; `front` is the caller's pidfd, `supervisor` its child. Before any
    /// stage starts. A failure is no error: the run has two other watchers.
    void stand_by(int front, pid_t supervisor);

    /// Has the third process execute the guard, and moves every descendant of the caller but
    /// `supervisor` to the run's control group, where one may be made.
    void start(pid_t supervisor);

    /// The run is over, and only the supervisor's own end is waited for: the third process may go
    /// meanwhile. Where it has executed the guard, or there is a group, it stays until finish().
    void may_go() const;

    /// Removes the group, see remove_cgroup(), and ends the third process; where the group cannot
    /// go yet, that one waits for it. For the front, when the supervisor has ended.
    void finish(bool may_stay);

    /// For the front, when the supervisor was killed: ends all that is in the group.
    void kill_group() { cgroup_.kill(); }

  private:
    void stop();

    std::string run_id_;
    std::string helper_;
    std::vector<std::string> words_;  ///< argv and environment of the guard
    std::vector<char*> argv_, environment_;
    StandBy place_;
    Fd null_, wake_, supervisor_;
    bool started_ = false;
    /// Front and supervisor share the writing end: it is closed when both have ended.
    PipeEnds lifeline_;
    Cgroup cgroup_;
    ChildProcess process_;
};

}  // namespace pipectl
