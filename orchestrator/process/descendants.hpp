#pragma once

// Every process below this one, whatever it did to hide: new sessions, double forks.
//
// Works because the caller is a child subreaper (PR_SET_CHILD_SUBREAPER(2const)): orphans of its
// descendants become its children. A walk over /proc finds the rest.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

/// Makes the calling process adopt the orphans among its descendants. Throws SystemError.
void become_subreaper();

/// The pids of all living (not zombie) descendants of `root`, from one walk over /proc.
std::vector<pid_t> descendants_of(pid_t root);

/// Sends `signal` to each living descendant of `root` for which `wanted` is true. A pid is
/// signalled through a pidfd after its parentage has been read again, so that a reused pid is never
/// hit. Returns how many were signalled.
int signal_descendants(pid_t root, int signal, const std::function<bool(pid_t)>& wanted);

/// Calls `action` with the pid and a pidfd of each living descendant of `root` for which `wanted`
/// is true, after its parentage has been read again with the pidfd held. Returns the pidfds of
/// those for which `action` returned true.
std::vector<Fd> visit_descendants(pid_t root, const std::function<bool(pid_t)>& wanted,
                                  const std::function<bool(pid_t, int)>& action);

/// SIGKILLs all descendants of the calling process for which `wanted` is true, reaps what becomes a
/// child, and repeats until a walk finds none or `limit_ms` has passed. Returns how many are left.
/// `reaped` is told of each child's pid and wait status; it may be empty.
int kill_descendants(const std::function<bool(pid_t)>& wanted, int limit_ms,
                     const std::function<void(pid_t, int)>& reaped);

/// How long killing all that is left of a run may take.
inline constexpr int kSweepLimitMs = 1500;

/// The value of `name` in the environment that a process was started with, or empty.
std::string environment_of(pid_t pid, const std::string& name);

/// A process's command name and start time (clock ticks since boot), from /proc/PID/stat.
struct ProcessStat {
    std::string name;
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    unsigned long flags = 0;  ///< PF_* bits
    int threads = 0;
    unsigned long long start_time = 0;

    /// The process has begun to exit (PF_EXITING) or is a zombie: its descriptors are closed or
    /// about to be, although its parent has not been told yet.
    [[nodiscard]] bool exiting() const;
};

/// Nothing when there is no such process.
bool read_process_stat(pid_t pid, ProcessStat& stat);

}  // namespace pipectl
