#pragma once

// What a helper and whoever runs it say to each other while it works.

#include <signal.h>
#include <sys/types.h>

#include <cstddef>

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

/// What a stage's replicas count, each in the numbers that helpers share (stages/flow/moved.hpp).
enum class ReplicaNumber { blocks, bytes_in, bytes_out, user_us, sys_us, max_rss_kib };
inline constexpr std::size_t kReplicaNumbers = 6;

/// `first`: of replica 0.
constexpr std::size_t index_of(std::size_t first, std::size_t replica, ReplicaNumber what) {
    return first + replica * kReplicaNumbers + static_cast<std::size_t>(what);
}

}  // namespace pipectl::job
