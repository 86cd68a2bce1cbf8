#pragma once

// A child that runs on our memory until it executes something: clone(2) as vfork(2) does it, with a
// stack of its own and a pidfd. Owns that stack, one mapping for the life of the program.

#include <sys/types.h>

namespace pipectl {

/// Runs `function(argument)` in a new child and returns when that has executed a program or ended.
/// All signals are blocked meanwhile, in the child too: it lifts the mask itself. Returns the pid
/// and sets `pidfd` (close-on-exec), or -1 with errno. Calls must not overlap.
pid_t clone_and_wait(int (*function)(void*), void* argument, int& pidfd) noexcept;

}  // namespace pipectl
