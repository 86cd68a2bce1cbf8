#pragma once

// The capacity of pipes and FIFOs: what the user asked for, or a default that leaves room for
// others.

#include <cstddef>
#include <cstdint>

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

/// The setting that the planner or supervisor may put beside the user's own options: the capacity
/// to try when `size` was not given. 0: leave what the kernel gave.
constexpr std::string_view kDefaultSizeSetting = "default-size";

/// The capacity that each of `pipes` pipes of a run should have, in bytes: as much as makes a chain
/// fast, less where all together would use up more than half of what the kernel lets one user have
/// (/proc/sys/fs/pipe-user-pages-soft, see pipe(7)). 0: leave what the kernel gives.
std::uint64_t default_pipe_size(std::size_t pipes);

/// Sets the capacity of the pipe or FIFO `fd` by `settings`. A size that the user asked for and
/// that cannot be had is a SystemError; a default that cannot be had is not.
void apply_pipe_size(int fd, const Settings& settings);

}  // namespace pipectl::channel
