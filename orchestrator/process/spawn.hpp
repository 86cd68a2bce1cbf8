#pragma once

// Starts one program with exactly the descriptors, dispositions and surroundings that are named.
//
// The child is made by clone(CLONE_VM | CLONE_VFORK) through Boost.Process's launcher
// protocol: no copy of page tables, whatever the caller has mapped. Between clone and execve it
// makes system calls on prepared data only; a failure comes back as {step, errno} and leaves no
// zombie. Call it from the main thread: the parent-death signal fires when the thread that cloned
// exits.

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/process/child_process.hpp"

namespace pipectl {

struct SpawnRequest {
    std::string program;                   ///< path for execve(2); no look-up is made
    std::vector<std::string> argv;         ///< argv[0] as the program sees it
    std::vector<std::string> environment;  ///< whole, as "NAME=value"
    /// Entries that come before these: what many children have in common is not copied for each.
    const std::vector<std::string>* common_environment = nullptr;
    std::optional<std::string> cwd;
    std::optional<mode_t> umask;
    int nice = 0;              ///< added; nice(2)
    std::optional<uid_t> uid;  ///< another's: its program cannot type into a terminal it has
    std::optional<gid_t> gid;
    std::vector<gid_t> groups;  ///< supplementary, used with `uid`

    /// {number in the child, descriptor here}: any permutation is safe. Nothing else stays open.
    std::vector<std::pair<int, int>> descriptors;

    /// Without it the process has its pid alone, which is its own until it was waited for.
    bool wants_pidfd = true;

    std::vector<int> ignored_signals;  ///< start with SIG_IGN
    std::vector<int> default_signals;  ///< start with SIG_DFL although the caller ignores them
    std::vector<int> blocked_signals;  ///< wait until the program lets them come; all else may
    /// Every signal that has a handler here, if the caller knows: see handled_signals(). Without it
    /// the child asks for each, which is sixty system calls.
    std::optional<std::vector<int>> handled_signals;
    /// Sent to the child when the caller dies; PR_SET_PDEATHSIG(2const). 0: none.
    int parent_death_signal = 0;
    /// Hard and soft, where the caller's are not lower; by RLIMIT_*, setrlimit(2).
    std::vector<ResourceLimit> limits;
    /// RLIMIT_NOFILE's soft limit in the child; the caller may have raised its own.
    std::optional<unsigned long> open_files;
};

/// Why a child could not be started.
struct SpawnFailure {
    const char* step = "";  ///< "clone", "change folder", "set descriptors", "execute", ...
    int error = 0;          ///< errno
};

/// Starts the child. Exactly one of the two comes back. A text file without an interpreter line
/// (ENOEXEC) is run by /bin/sh, as execvp(3) does. Clone's EAGAIN is retried for up to half a
/// second.
struct SpawnResult {
    std::optional<ChildProcess> process;
    SpawnFailure failure;
};
SpawnResult spawn(const SpawnRequest& request);

/// Every standard signal that has a handler in this process; for processes without handlers of
/// real-time signals.
std::vector<int> handled_signals();

}  // namespace pipectl
