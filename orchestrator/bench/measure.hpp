#pragma once

// What a channel can do by itself: two helpers at its ends (stages/programs/measure.cpp), and
// nothing else. Each figure comes from one short run, so that rounds over several channels can be
// interleaved.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "orchestrator/process/interrupts.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl::bench {

using Duration = std::chrono::duration<double>;

/// A signal that ends programs has come.
struct Interrupted {
    int signal;
};

/// What one figure is of.
struct Subject {
    const channel::Kind& kind;
    std::size_t block;  ///< bytes
    Duration time;      ///< about so long
    /// Both processes on one processor, else each on one of its own where there are two.
    bool one_core;
    /// The path of one of our programs: channel::Kind::program.
    const std::function<std::string(const std::string&)>& find_program;
};

/// Bytes a second through a new edge. Throws SystemError when no such edge can be made here, and
/// Interrupted.
double throughput(const Subject& what, Interrupts& interrupts);

/// Seconds for 64 bytes to go to another process and back over two edges. Kinds with a follower
/// have none: 0. Throws as throughput() does.
double round_trip(const Subject& what, Interrupts& interrupts);

/// Bytes a second that one core copies in memory, in blocks of that size.
double memory_copy(std::size_t block, Duration time);

}  // namespace pipectl::bench
