#pragma once

// What a helper and whoever runs it say to each other while it works.

#include <signal.h>
#include <sys/types.h>

namespace pipectl::job {

/// From the helper, on the pipe at `Outputs::tell`: this output has got all of its data, and the
/// helper goes on for others. One write(2) of less than PIPE_BUF is never torn.
struct OutputComplete {
    pid_t process;
    int number;  ///< the helper's descriptor
};

/// In place of a descriptor's number, from a stage that has to get something before it runs
/// (`hold`): it has it, and becomes the stage's program now; or it ends without.
inline constexpr int kHasAll = -1;
inline constexpr int kLockIsHeld = -2;
inline constexpr int kCannotHold = -3;

/// To the helper, by sigqueue(3) with the descriptor's number as value: the reader of that output,
/// a file, has left. Blocked when the helper starts, so that none is lost; a signal that queues,
/// since two readers may leave at once.
inline int reader_gone_signal() {
    return SIGRTMIN;
}

}  // namespace pipectl::job
