#pragma once

// What a channel can do by itself: two processes of ours at its ends, and nothing else.
//
// The writer fills every block and the reader adds it up, in place where the kind lets them; direct
// kinds are written and read with a block for each call. Each figure comes from one short run, so
// that rounds over several channels can be interleaved.

#include <chrono>
#include <cstddef>

#include "orchestrator/process/interrupts.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl::bench {

using Duration = std::chrono::duration<double>;

/// A signal that ends programs has come.
struct Interrupted {
    int signal;
};

/// Bytes a second through a new edge of that kind, in blocks of that size, for about that long.
/// `helper`: the path of pipectl-helper, for kinds that need a follower. Throws SystemError when no
/// such edge can be made here, and Interrupted.
double throughput(const channel::Kind& kind, std::size_t block, Duration time,
                  const std::string& helper, Interrupts& interrupts);

/// Seconds for 64 bytes to go to another process and back over two edges of that kind.
/// `one_core`: both processes on one processor, else each on one of its own where there are two.
/// Kinds with a follower have none: 0. Throws SystemError.
double round_trip(const channel::Kind& kind, bool one_core, Duration time, Interrupts& interrupts);

/// Bytes a second that one core copies in memory, in blocks of that size.
double memory_copy(std::size_t block, Duration time);

}  // namespace pipectl::bench
