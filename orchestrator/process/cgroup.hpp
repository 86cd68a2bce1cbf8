#pragma once

// A control group (cgroups(7), version 2) that holds the processes of one run, whatever they do to
// hide: none leaves it by a double fork, a new session or a cleaned environment, and one write
// ends them all.
//
// Owns the group's folder below the group that the caller is in. Where no such folder may be made
// (version 1 only, a read-only mount, somebody else's group) the object is empty, and every call
// does nothing: the run then relies on being a subreaper. No controller is enabled in it.

#include <sys/types.h>

#include <string>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {

class Cgroup {
  public:
    /// None.
    Cgroup() = default;

    /// Makes a group of that name. Empty when this system does not let us.
    static Cgroup create(const std::string& name);
    /// The group of that name that was made before; empty when there is none.
    static Cgroup find(const std::string& name);

    /// The folder of the group that this process is in, where such groups are made; empty when it
    /// is not to be seen.
    static std::string own_folder();
    /// Where the groups of version 2 are mounted; empty: nowhere.
    static std::string mount();

    explicit operator bool() const noexcept { return folder_.get() >= 0; }

    /// The folder's path; empty: none.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// The pids of its processes.
    [[nodiscard]] std::vector<pid_t> members() const;
    /// Moves a process into the group. False: it has ended, or is not ours.
    bool take_in(pid_t pid) noexcept;
    /// Moves a process to the group above.
    void let_out(pid_t pid) noexcept;

    /// SIGKILLs every process in the group at once, those too that are just being forked.
    void kill() noexcept;

    /// Removes the group. False when a process is still in it; zombies do not count.
    bool remove() noexcept;

  private:
    std::string path_;
    Fd folder_;
};

}  // namespace pipectl
