#pragma once

// The guard's first 50 milliseconds: a process that shares our memory, so that it costs a short run
// next to nothing, and executes the guard as soon as that is asked for or the front has ended.
//
// It has a session of its own before any stage starts, out of the reach of what kills a process
// group. It waits in poll(2) and makes system calls on prepared data only; it takes no signal.
// Nothing is allocated and no lock is taken in it: the front goes on meanwhile, on the same memory.

#include <sys/types.h>

namespace pipectl {

struct StandBy {
    int front = -1;     ///< the front's pidfd
    int wake = -1;      ///< readable: execute now
    int lifeline = -1;  ///< the guard's stdin
    int null = -1;
    int supervisor = -1;  ///< the supervisor's pidfd
    const char* program = nullptr;
    char* const* argv = nullptr;
    char* const* environment = nullptr;
};

/// Starts it. `place` must stay where it is until the process has executed the guard or was reaped.
/// -1 with errno when it cannot be started.
pid_t start_stand_by(StandBy& place, int& pidfd) noexcept;

}  // namespace pipectl
