#pragma once

// A piece of a test in a process of its own: the writer or the reader at an end of a channel.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/event/exit_status.hpp"

namespace pipectl::test {

class Worker {
  public:
    /// Runs `body` in a child with {number there, descriptor here}, standard error, default
    /// dispositions and nothing else; what it returns is its exit status.
    Worker(const std::function<int()>& body, const std::vector<std::pair<int, int>>& descriptors);
    /// Kills and reaps it when it still runs.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    ExitStatus wait();
    /// How it ended, if it has.
    std::optional<ExitStatus> ended();

  private:
    pid_t pid_;
};

/// The most memory that a living process has had, in bytes: VmHWM of proc_pid_status(5).
std::size_t peak_memory(pid_t pid);

}  // namespace pipectl::test
