#pragma once

// Says what one process of the plan is doing at a moment: running, waiting for its producers, for
// room at its readers, for a disk, or asleep for a reason of its own.
//
// A stage may be several processes and threads (a shell and what it has started): the most active
// of them counts. Descriptors are told apart by what they stand for, so that a wait inside of such
// a stage, between two of its own processes, is not taken for one of its ports'. Looks at /proc
// only.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/links/link_level.hpp"
#include "orchestrator/meter/standstill.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

class ActivityFinder {
  public:
    /// `levels` has what waits in each link of the plan at the moment of a look. Both must outlive
    /// the finder.
    ActivityFinder(const Plan& plan, int process, pid_t pid, const std::vector<LinkLevel>& levels);

    /// `glance` is of the process itself, just taken.
    Activity look(const Glance& glance);

    /// Bytes moved by children that have not ended, at the last look: /proc counts them to the
    /// process when it has waited for them.
    [[nodiscard]] const IoCount& children_count() const { return children_count_; }
    /// Processor time of those children, likewise.
    [[nodiscard]] double children_cpu_s() const { return children_cpu_s_; }
    /// It was once seen to wait in a call that moves bytes past the count of proc_pid_io(5).
    [[nodiscard]] bool seen_uncounted() const { return seen_uncounted_; }
    /// The links that it waited for at the last look.
    [[nodiscard]] const LinkWaits& waits() const { return waits_; }

  private:
    struct Port {
        int number = 0;
        bool input = false;
        int link = -1;  ///< -1: a file, or pipectl's own
        std::string target;
    };

    [[nodiscard]] Activity of_threads(pid_t pid, const Glance& glance);
    [[nodiscard]] Activity of_thread(pid_t pid, pid_t thread, char state);
    [[nodiscard]] Activity of_call(pid_t pid, const WaitingCall& call, char state);
    [[nodiscard]] Activity at_port(pid_t pid, unsigned long number, bool input, char state);
    [[nodiscard]] Activity between(const Port* from, const Port* to);
    [[nodiscard]] Activity polling();
    [[nodiscard]] Activity otherwise();
    void waits_at(const Port* port);
    void look_at_children(pid_t pid, int depth, Activity& most);
    const Port* port_of(pid_t pid, unsigned long number, bool input);
    [[nodiscard]] const LinkLevel* level_of(const Port& port) const;

    const Process& process_;
    pid_t pid_;
    const std::vector<LinkLevel>& levels_;
    std::vector<Port> ports_;
    bool has_targets_ = false;
    bool bridged_input_ = false;
    bool bridged_output_ = false;
    int looked_at_ = 0;  ///< processes, in this look
    LinkWaits waits_;
    IoCount children_count_;
    double children_cpu_s_ = 0;
    bool seen_uncounted_ = false;
};

}  // namespace pipectl
