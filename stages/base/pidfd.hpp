#pragma once

// A process by a descriptor: what is signalled is that process or nobody, whoever has its pid by
// now; pidfd_open(2).

#include <sys/types.h>

#include "stages/base/fd.hpp"

namespace pipectl {

/// Empty when there is no such process. Sets errno.
Fd open_pidfd(pid_t pid) noexcept;

/// False when it has ended, or is not ours to signal. Async-signal-safe.
bool signal_process(int pidfd, int number) noexcept;

/// A duplicate of the process's descriptor `number`, close-on-exec; pidfd_getfd(2). Empty where it
/// is not allowed or not there.
Fd borrow_descriptor(int pidfd, int number) noexcept;

}  // namespace pipectl
