#pragma once

// Which of the stages that `notify` names with "first-byte" have begun to write. Asked of the
// kernel's counts every 20 ms, until all have; a run that names none has no such watch.
//
// What counts is any byte that the stage, or a child of it, has written by a system call or into a
// channel of ours: to its stdout, but also to its stderr or a file of its own.

#include <optional>
#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/links/link_set.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

class FirstBytes {
  public:
    /// Both must outlive this.
    FirstBytes(const Plan& plan, const LinkSet& links);

    void started(int process, pid_t pid);
    /// When to look again; nothing: there is nobody to watch.
    [[nodiscard]] std::optional<RunTime> due() const;
    /// Those that have begun since the last look.
    std::vector<int> look(RunTime now);
    /// It has ended and was not reaped yet. True when it has written something that was not seen
    /// before.
    bool ended(int process);

  private:
    struct Watched {
        int process = 0;
        pid_t pid = -1;
        Fd io;
    };
    [[nodiscard]] bool has_written(const Watched& one) const;

    const Plan& plan_;
    const LinkSet& links_;
    std::vector<Watched> watched_;  ///< those that have not begun
    RunTime next_{};
};

}  // namespace pipectl
