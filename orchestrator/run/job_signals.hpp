#pragma once

// Signals that come to a run: those that reach the supervisor as a member of the process group, and
// those that the front passes on. What cancels becomes an occurrence; stopping and continuing is
// done here, with the run's clock.

#include <functional>
#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/run/children.hpp"
#include "orchestrator/run/loop.hpp"
#include "orchestrator/run/run_clock.hpp"
#include "orchestrator/run/signal_relay.hpp"

namespace pipectl {

class JobSignals {
  public:
    struct Hooks {
        std::function<void(Occurrence)> happened;
        std::function<void()> on_child;     ///< SIGCHLD
        std::function<void()> on_status;    ///< SIGUSR1
        std::function<void()> on_stop;      ///< the run is about to stop
        std::function<void()> on_continue;  ///< it goes on
    };

    /// `front` is the socket that the front's signals come from. All must outlive this.
    JobSignals(Loop& loop, int front, const Children& children, RunClock& clock, Hooks hooks);

    /// As if pipectl alone had got it.
    void act_on(int signal) { act_on(signal, false, false); }
    /// See SignalRelay::is_confirmed().
    [[nodiscard]] bool reached_group(int signal) const { return relay_.is_confirmed(signal); }
    /// The run is being cancelled: a second copy of the same signal means nothing more.
    void cancelling() { cancelling_ = true; }

  private:
    void on_signal(const SignalInfo& info);
    void on_front();
    void act_on(int signal, bool reached, bool unsure);
    void stop_or_continue(int signal, bool reached);

    Loop& loop_;
    int front_;
    const Children& children_;
    RunClock& clock_;
    Hooks hooks_;
    SignalRelay relay_;
    bool cancelling_ = false;
};

}  // namespace pipectl
