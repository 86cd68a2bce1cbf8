#pragma once

// Decides what a run does next: a state table over processes, links and time, without a system
// call.
//
// It is told what has happened and answers with what is to be done about it. It owns the rules of
// truth (who is shown an end of data, who is cut, who failed first, who is cancelled because of it)
// and all policy in time (timeouts, grace, writers that do not stop, what outlives its stage). It
// starts nothing, reads no clock and never waits, so that its tests are a table of calls and whole
// runs can be simulated.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/director/departures.hpp"
#include "orchestrator/director/due.hpp"
#include "orchestrator/director/ending.hpp"
#include "orchestrator/director/notices.hpp"
#include "orchestrator/director/order.hpp"
#include "orchestrator/director/restarts.hpp"
#include "orchestrator/director/roster.hpp"
#include "orchestrator/director/verdicts.hpp"
#include "orchestrator/director/world.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

class Director {
  public:
    /// How the run ends, once all processes have.
    struct Outcome {
        Verdict verdict = Verdict::ok;
        int exit = 0;
        int signal = 0;  ///< pipectl ends by this signal
        std::string message;
        int process = -1;        ///< whose failure or timeout decided, when one did
        bool delivered = false;  ///< the outside may have seen what the run has written
    };

    /// Both must outlive the director. `begins`: when the first process is to be started. `here`:
    /// of Plan::hosts; the director of host 0 decides how the run ends and waits for the word of
    /// all others, those of the others look after their own processes and wait for its word.
    Director(const Plan& plan, Facts& facts, RunTime begins = {}, int here = 0);

    /// What is to be done about it, in this order.
    Actions on(RunTime now, const Occurrence& what);

    /// When TimePassed is due; nothing: never.
    [[nodiscard]] std::optional<RunTime> next() const { return agenda_.next(); }

    /// No more processes are to be started, but for those that the director itself asks for.
    [[nodiscard]] bool cancelling() const { return cancelling_; }
    /// The process waits for no other one, and was not started yet.
    [[nodiscard]] bool may_start(int process) const { return order_.may_start(process); }
    /// Some processes may still be started.
    [[nodiscard]] bool starts_to_come() const;
    /// Everything has ended and been judged, and nothing is left that may not stay.
    [[nodiscard]] bool over() const { return over_; }
    /// Valid when the run is over.
    [[nodiscard]] Outcome outcome() const;

  private:
    using State = Roster::State;
    using Entry = Roster::Entry;

    void take(const occurrence::Started& what);
    void take(const occurrence::HasAll& what);
    void take(const occurrence::StartFailed& what);
    void take(const occurrence::AllStarted& what);
    void take(const occurrence::Ended& what);
    void take(const occurrence::OutputComplete& what);
    void take(const occurrence::OutputBegan& what);
    void take(const occurrence::TimePassed& what);
    void take(const occurrence::CancelSignal& what);
    void take(const occurrence::CancelAsked& what);
    void take(const occurrence::FarJudged& what);
    void take(const occurrence::FarCancelled& what);
    void take(const occurrence::HostLost& what);
    void take(const occurrence::EndedByLauncher& what);
    void take(const occurrence::GaveUp& what);
    void take(const occurrence::Looked& what);

    void take(const due::RunTimeout& what);
    void take(const due::StageTimeout& what);
    void take(const due::WatchIdle& what);
    void take(const due::Restart& what);
    void take(const due::GraceOver& what);
    void take(const due::CutGraceOver& what) { departures_.grace_over(what, actions_); }
    void take(const due::ConfirmSignal& what) { ending_.confirm(what, actions_); }
    void take(const due::Lasting& what);
    void take(const due::WatchWriter& what) { departures_.watch_writer(what, now_, actions_); }
    void take(const due::WatchEnds& what) { departures_.watch_ends(what, now_, actions_); }
    void take(const due::WatchReaders& what) { departures_.watch_readers(what, now_, actions_); }
    void take(const due::LookForEnd& what);
    void take(const due::KillAgain& /*what*/) { ending_.kill_again(now_, actions_); }

    bool rests(const occurrence::End& end);
    void end_for_good(int process);
    void end_resting();
    [[nodiscard]] bool is_consequence_of_loss() const;
    [[nodiscard]] const Link* border_of(int process) const;
    [[nodiscard]] CancelBegan cancel_of_failure(int process) const;
    [[nodiscard]] bool waits_for_others() const;
    void judge(int process, Verdict verdict);
    void judge_pending();
    void settle();
    void call(int process);
    void start_free();
    bool start_after_failure();
    void fail(int process);
    void be_late(int process, CancelBegan why);
    void give_up(const std::string& message, int status);
    void cancel_late(int signal, const std::vector<bool>& reached);
    void begin_cancel(CancelBegan why, int signal, const std::vector<bool>& reached);
    void look_for_end();

    const Plan& plan_;
    Facts& facts_;
    Roster roster_;
    Agenda<Due> agenda_;
    Departures departures_;
    Ending ending_;
    Notices notices_;
    Verdicts verdicts_;
    Order order_;
    Restarts restarts_;
    RunTime now_{};
    Actions actions_;  ///< of the occurrence at hand

    static constexpr int kAllTimedOut = -2;

    std::vector<int>
        pending_;  ///< ended because their readers had enough; those are not judged yet
    int running_ = 0;
    int starting_ = 0;  ///< called for, and not yet there
    int resting_ = 0;
    bool all_started_ = false;
    bool cancelling_ = false;
    bool after_failure_ = false;  ///< all was cancelled, and those that come however that ended run
    bool outside_cut_ = false;
    bool held_ends_told_ = false;
    bool over_ = false;
    int timed_out_ = -1;  ///< the stage whose own timeout passed
    Outcome outcome_;
};

}  // namespace pipectl
