#pragma once

// Runs a plan: the one arrow from plan to events.
//
// Two processes of ours stand watch over each other. The *front* is the process that the user
// started: it forwards signals, stops and continues with the job, and ends as the run did. The
// *supervisor*, its child, starts the stages and decides. Both are child subreapers, so that
// whichever of them is left after a SIGKILL adopts every process of the run, ends it and cleans up.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/event/event.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/run/teller.hpp"

namespace pipectl {

/// What becomes of the stderr that stages have from pipectl; see stage_stderr.hpp.
enum class StageWords {
    untouched,  ///< they write to it by themselves
    kept,       ///< passed on, and the last of it is an event; where stderr is no terminal
    prefixed,   ///< the same, as lines with time and stage, on a terminal too
    coloured,   ///< the same, for a terminal
};

/// What is told of a run while it goes on, in the supervisor. None may throw.
struct RunObserver {
    std::function<void(const Event&)> on_event;
    std::function<void()> on_status_request;  ///< SIGUSR1; what was seen just now is told before
    /// Each look at the processes, with the time since the run began; may be empty. Only some of
    /// them become events.
    std::function<void(double time_s, const Sampled&)> on_look = {};
    /// The run is about to be put aside (Ctrl-Z); may be empty.
    std::function<void()> on_stop = {};
    /// The record so far, for `pipectl ps` and `top`, with what is seen at this moment; `now_s` is
    /// the time since the run began. May throw.
    std::function<std::string(double now_s, const Sampled&)> record = {};
    /// In the supervisor, as its last act: nothing of the run is left, and its outputs are decided.
    /// False when something that was asked for could not be written; a success is then none.
    std::function<bool()> on_over = {};
    /// In the front, when the supervisor was killed: what it has shown cannot stay. May be empty.
    std::function<void()> on_supervisor_lost = {};
    bool live = false;  ///< somebody is watching: look more often, also when nothing moves
    /// Through which the observer says things; null: the run makes one of its own.
    Teller* teller = nullptr;
    /// What Descriptor::What::recording stands for; -1: the plan has none.
    int recording = -1;
    StageWords stage_words = StageWords::untouched;
    /// The process that passes signals to this run and others, and may have passed on what all got
    /// anyway; 0: nobody does.
    pid_t conductor = 0;
    std::string run_id = {};  ///< empty: a new one
};

/// Runs the plan to its end. `preflight` has found nothing wrong. Returns the exit status; where
/// the run was ended by a signal it does not return but ends the calling process by the same
/// signal. Throws SystemError or OutputError when nothing could be started.
int run_plan(const Plan& plan, const Preflight& preflight, const RunObserver& observer);

}  // namespace pipectl
