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
#include "orchestrator/files/outputs.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/run/teller.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class OtherHosts;

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
    /// Given the run's exit status, it returns the one to end with: 125 when something that was
    /// asked for could not be written.
    std::function<int(int exit)> on_over = {};
    /// In the front, when the supervisor was killed: what it has shown cannot stay. May be empty.
    std::function<void()> on_supervisor_lost = {};
    /// In the front, before it ends by a signal as the run did. May be empty.
    std::function<void(int)> on_death = {};
    bool live = false;  ///< somebody is watching: look more often, also when nothing moves
    /// Through which the observer says things; null: the run makes one of its own.
    Teller* teller = nullptr;
    /// What Descriptor::What::recording stands for; -1: the plan has none.
    int recording = -1;
    StageWords stage_words = StageWords::untouched;
    /// The process that passes signals to this run and others, and may have passed on what all got
    /// anyway; 0: nobody does.
    pid_t conductor = 0;
    /// Nothing is left to do after the run: the process ends with it, and leaves to the kernel what
    /// it would give back piece by piece.
    bool ends_program = false;
    std::string run_id = {};  ///< empty: a new one
};

/// What a run has before anything of it is started: its id, and its outputs, open.
struct PreparedRun {
    std::vector<Fd> lock;  ///< goes when both processes that share it have gone
    std::string run_id;
    OutputSet outputs;
};

/// An empty id: a new one. Throws SystemError or OutputError.
PreparedRun prepare_run(const Plan& plan, const std::string& run_id = {});

/// Runs the plan to its end. `preflight` has found nothing wrong. Returns the exit status; where
/// the run was ended by a signal it does not return but ends the calling process by the same
/// signal. Throws SystemError or OutputError when nothing could be started.
int run_plan(const Plan& plan, const Preflight& preflight, const RunObserver& observer);

/// The same for a run that was prepared, and a part of a run on several machines: `plan` is what
/// plan_for() gives, `others` stands for the rest of it and must outlive the run.
int run_prepared(const Plan& plan, const Preflight& preflight, const RunObserver& observer,
                 PreparedRun prepared, OtherHosts* others);

}  // namespace pipectl
