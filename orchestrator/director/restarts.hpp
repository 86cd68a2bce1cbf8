#pragma once

// Which processes are started again after they have ended, and when. Pure; part of the director.
//
// A process that rests has no verdict: nobody is shown an end because of it, nobody is told that
// a reader has left. What its edges hold waits for the next start.

#include "orchestrator/director/departures.hpp"
#include "orchestrator/director/due.hpp"
#include "orchestrator/director/roster.hpp"
#include "orchestrator/director/world.hpp"

namespace pipectl {

class Restarts {
  public:
    /// All must outlive this.
    Restarts(Roster& roster, const Facts& facts, Agenda<Due>& agenda, const Departures& departures);

    /// The process has ended, `well` or not, and its `restart` wants it to be started again. After
    /// a good end only while there is something left to do: its input has not ended, and somebody
    /// reads what it writes.
    [[nodiscard]] bool wanted(int process, bool well) const;
    /// A process that was not judged yet may be started again.
    [[nodiscard]] bool may_come() const;
    /// Puts it to rest, until its delay has passed.
    void rest(int process, RunTime now, Actions& actions);

  private:
    Roster& roster_;
    const Facts& facts_;
    Agenda<Due>& agenda_;
    const Departures& departures_;
};

}  // namespace pipectl
