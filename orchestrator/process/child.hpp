#pragma once

// The child's side between clone and execve: system calls on data that the parent has prepared.
//
// The child shares the parent's memory (CLONE_VM) while the parent is suspended, so nothing here
// allocates, locks, throws or calls a C library function that keeps state; child.cpp is compiled
// without sanitizers for the same reason. Used by spawn.cpp alone.

#include <sys/types.h>

#include <cstddef>

#include "orchestrator/process/child_process.hpp"

namespace pipectl {

/// One descriptor of the child. `copy` is scratch space of the child.
struct DescriptorMove {
    int target = -1;          ///< number in the child
    int source = -1;          ///< descriptor of the parent
    bool in_the_way = false;  ///< the source's number is another's target: copy it out first
    int copy = -1;
};

/// All that the child needs, as plain pointers and numbers.
struct ChildPlan {
    const char* program = nullptr;
    const char* const* argv = nullptr;
    const char* const* script_argv = nullptr;  ///< for /bin/sh, should the program be a script
    const char* const* environment = nullptr;
    const char* cwd = nullptr;  ///< null: as the parent's

    const int* ignored_signals = nullptr;
    std::size_t ignored_count = 0;
    const int* default_signals = nullptr;
    std::size_t default_count = 0;
    bool knows_handled = false;
    const int* handled_signals = nullptr;
    std::size_t handled_count = 0;
    unsigned long blocked_signals =
        0;  ///< the mask that the program starts with, as the kernel has it
    int parent_death_signal = 0;
    pid_t parent = 0;

    bool sets_umask = false;
    mode_t umask = 0;
    int nice = 0;
    bool filters_terminal = false;  ///< see terminal_filter.hpp
    bool sets_uid = false;
    uid_t uid = 0;
    bool sets_gid = false;
    gid_t gid = 0;
    bool sets_groups = false;
    const gid_t* groups = nullptr;
    std::size_t group_count = 0;

    DescriptorMove* moves = nullptr;  ///< sorted by target, no target twice
    std::size_t move_count = 0;
    int above_all = 3;  ///< greater than every number in `moves`
    /// Above 0: the table of descriptors is the parent's own, and the child leaves it with those
    /// below this number.
    int leave_from = 0;

    bool sets_open_files = false;
    unsigned long open_files = 0;
    const ResourceLimit* limits = nullptr;
    std::size_t limit_count = 0;

    /// Runs the launcher's initialisers in the child; 0 or an errno. `context` is handed to it.
    int (*initialise)(void* context) = nullptr;
    void* context = nullptr;

    /// Written by the child when it fails; the parent reads it after the child has gone.
    const char* volatile failed_step = nullptr;
    volatile int error = 0;
};

constexpr int kLastSignal = 64;
constexpr int kLastStandardSignal = 31;

/// The signal is neither ignored nor left to its default; rt_sigaction(2).
bool has_handler(int signal) noexcept;

/// Does everything up to execve(2) in the calling child, in the one order that works. Returns 0, or
/// the errno of what failed, whose name is then in `plan.failed_step`.
int set_up_child(ChildPlan& plan) noexcept;

/// The function that the clone runs on a ChildPlan: initialises, executes, and ends the child when
/// that fails.
int child_main(void* argument) noexcept;

}  // namespace pipectl
