#pragma once

// How a run is ended before its time, and what is done about processes that outlive their stages.
// Pure; part of the director.

#include <vector>

#include "orchestrator/director/due.hpp"
#include "orchestrator/director/roster.hpp"
#include "orchestrator/director/world.hpp"

namespace pipectl {

class Ending {
  public:
    /// All must outlive this.
    Ending(Roster& roster, Facts& facts, Agenda<Due>& agenda);

    /// Sends every process that runs its cancelling signal, or `signal` (not 0) where it has none
    /// of its own; those that were `reached` have it already. After `grace` they are killed.
    void cancel(int signal, const std::vector<bool>& reached, RunTime now, Actions& actions);
    /// SIGKILL for everything.
    void kill(RunTime now, Actions& actions);
    void kill_again(RunTime now, Actions& actions);
    /// All that was to be ended has; what is started from now on is left alone.
    void calm() { calm_ = true; }
    /// Passes a signal on that did not reach the group after all.
    void confirm(due::ConfirmSignal what, Actions& actions) const;

    /// All processes of the plan have ended: ends what is left of them and may not stay. True when
    /// nothing is.
    bool is_over(RunTime now, Actions& actions);

  private:
    void send_all(int signal, Actions& actions) const;

    Roster& roster_;
    Facts& facts_;
    Agenda<Due>& agenda_;
    bool killed_ = false;
    bool calm_ = false;
    bool leftovers_told_ = false;
    bool over_ = false;
};

}  // namespace pipectl
