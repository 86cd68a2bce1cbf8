#pragma once

// The processes of the plan that run, by index and by pid. Each is a child that was not waited for
// yet, so its pid is its own.

#include <sys/types.h>

#include <optional>
#include <unordered_map>
#include <vector>

namespace pipectl {

class Children {
  public:
    explicit Children(std::size_t processes) : all_(processes, -1) {}

    void add(int process, pid_t pid);
    /// It was waited for.
    void remove(int process);

    [[nodiscard]] std::size_t size() const { return all_.size(); }
    /// -1 when it does not run.
    [[nodiscard]] pid_t pid(int process) const { return all_[process]; }
    /// Which process of the plan it is; nothing for any other.
    [[nodiscard]] std::optional<int> find(pid_t pid) const;

    /// False when it does not run.
    [[nodiscard]] bool signal(int process, int number) const;
    [[nodiscard]] bool is_exiting(int process) const;
    /// Those that are in the caller's process group.
    [[nodiscard]] std::vector<bool> in_own_group() const;

  private:
    std::vector<pid_t> all_;
    std::unordered_map<pid_t, int> by_pid_;
};

}  // namespace pipectl
