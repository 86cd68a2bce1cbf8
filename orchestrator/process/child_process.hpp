#pragma once

// A child of this process as a value, and what wait(2) tells of children. spawn() makes one that
// executes a program, fork_child() one that goes on with a copy of our memory.
//
// Owned is the pidfd alone: a value that goes leaves its child running, and whoever made a child
// waits for it.

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <optional>

#include "orchestrator/event/exit_status.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// One resource that a child may use so much of; setrlimit(2).
struct ResourceLimit {
    int resource = 0;  ///< RLIMIT_*
    unsigned long long soft = 0;
    unsigned long long hard = 0;
};

struct ChildProcess {
    pid_t pid = -1;
    Fd pidfd;

    /// There is one, and it was not waited for.
    [[nodiscard]] explicit operator bool() const { return pid > 0; }

    /// Waits until it has ended, whatever signal comes, and forgets it. Nothing when there is none,
    /// or somebody else has waited for it.
    std::optional<ExitStatus> wait() noexcept;

    /// Sends SIGKILL, by the pidfd, and waits. Nothing happens when there is none.
    void end() noexcept;
};

/// A child that runs `body` on a copy of our memory and ends with what it returns. It is killed
/// when the calling thread ends before it. An exception of `body` is told on stderr. Throws
/// SystemError.
ChildProcess fork_child(const std::function<int()>& body);

/// What wait4(2) tells of a child.
struct EndedChild {
    ExitStatus how;
    ResourceUse use;
};

/// Waits for this child if it has ended; nothing when it has not. Never blocks.
std::optional<EndedChild> try_reap(pid_t pid) noexcept;

/// One of the children that have ended, as waitid(2) tells of it. It is not waited for: /proc still
/// knows it.
std::optional<siginfo_t> find_ended_child() noexcept;

/// Whether there is any child, running or not; of a subreaper no child means no descendant.
bool has_children() noexcept;

}  // namespace pipectl
