#pragma once

// The ways in which pipectl makes a process. One runs on our memory until it executes something:
// clone(2) as vfork(2) does it, with a stack of its own and a pidfd; owned here is that stack, one
// mapping for the life of the program. One does the same while we go on. The third goes on with a
// copy of our memory.

#include <sys/types.h>

namespace pipectl {

/// What a child has of our table of descriptors: a copy, or the table itself until it leaves it.
enum class Descriptors { copied, shared };

/// Runs `function(argument)` in a new child and returns when that has executed a program or ended.
/// All signals are blocked meanwhile, in the child too: it lifts the mask itself. Returns the pid
/// and sets `pidfd` (close-on-exec) unless it is null, or -1 with errno. Calls must not overlap.
pid_t clone_and_wait(int (*function)(void*), void* argument, Descriptors descriptors,
                     int* pidfd) noexcept;

/// Runs `function(argument)` in a new child that shares memory and descriptors with us, with all
/// signals blocked, while we go on: it may only make system calls that do not fail, and must
/// execute a program or return. Once in the life of a process. Returns the pid and sets `pidfd`, or
/// -1 with errno.
pid_t clone_sharing_all(int (*function)(void*), void* argument, int& pidfd) noexcept;

/// As fork(2), but with one table of descriptors for both (CLONE_FILES): what one of them opens or
/// closes the other has opened or closed, and nothing is closed by the end of only one.
pid_t fork_sharing_files() noexcept;

}  // namespace pipectl
