#pragma once

// Decides what a run does next: a state table over processes and links, without a system call.
//
// The supervisor tells it what has happened (a process ended, a timeout passed, a signal came) and
// carries out what it asks for through Effects. It owns the rules of truth: who is shown an end of
// data, who is cut, who failed first, who is cancelled because of it. It starts nothing, reads no
// clock and never waits, so that its tests are a table of calls.

#include <chrono>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/event.hpp"

namespace pipectl {

/// What the director can ask for. The supervisor carries it out; tests record it.
class Effects {
  public:
    virtual ~Effects() = default;

    /// Sends a signal to a process that has not been reaped. SIGCONT follows a cancelling signal.
    virtual void send_signal(int process, int signal) = 0;
    /// The link's producer has ended well: its reader may be shown the end of data.
    virtual void release_hold(int link) = 0;
    /// The link's reader has ended while its writer lives, on a channel whose writer must be told.
    virtual void watch_writer(int link) = 0;
    /// From now on the grace period runs; `grace_over` is called when it has passed.
    virtual void start_grace() = 0;
    /// SIGKILL for everything below the supervisor that may not stay.
    virtual void kill_everything() = 0;
    /// The process has begun to exit although its end was not reported yet: its descriptors are
    /// closed, or will be at once.
    virtual bool is_exiting(int process) = 0;
    /// No process holds the reader's end of the link any more, or nobody can tell.
    virtual bool is_abandoned(int link) = 0;
    /// Asks for a call of `patience_over` when the link's reader, which has closed its end, does
    /// not look as if it were about to end.
    virtual void start_patience(int process, int reader) = 0;
    /// Whoever reads pipectl's own stdout has gone (EPIPE there is the outside's wish).
    virtual bool outside_reader_gone() = 0;
    /// Something to record.
    virtual void record(decltype(Event::what) what) = 0;
};

class Director {
  public:
    /// How the run ends, once all processes have.
    struct Outcome {
        Verdict verdict = Verdict::ok;
        int exit = 0;
        int signal = 0;  ///< pipectl ends by this signal
        std::string message;
        int process = -1;  ///< whose failure or timeout decided, when one did
    };

    Director(const Plan& plan, Effects& effects);

    void started(int process);

    struct Ended {
        int process = 0;
        ExitStatus status;
    };
    /// Processes that were found to have ended, in one look: the order among them is not known.
    void ended(const std::vector<Ended>& batch);

    /// A helper with several outputs has written everything to this link.
    void output_complete(int link);

    /// The reader of a writer that died of SIGPIPE goes on to live.
    void patience_over(int process);

    void stage_timed_out(int process);
    void run_timed_out();

    /// A signal that cancels: SIGINT, SIGTERM, SIGHUP, SIGQUIT. `reached` tells
    /// which processes have got it already, being in the group that the signal was sent to.
    void cancelled_by_signal(int signal, const std::vector<bool>& reached);

    void grace_over();

    /// pipectl itself cannot go on, or a process could not be started (`status` is 125, 126, 127).
    void give_up(const std::string& message, int status);

    [[nodiscard]] bool cancelling() const { return cancelling_; }
    [[nodiscard]] bool all_ended() const { return running_ == 0 && pending_.empty(); }
    [[nodiscard]] bool is_running(int process) const;

    /// Judges what was never started, and says how the run ends. Call it when all have ended.
    Outcome finish();

  private:
    enum class State { waiting, running, pending, judged };
    struct Entry {
        State state = State::waiting;
        Verdict verdict = Verdict::not_started;
        ExitStatus status;
        bool writes_outside = false;  ///< its stdout is pipectl's own
        bool patient = false;         ///< waiting for a reader that closed its end to end
        bool patience_over = false;
        bool told_to_end = false;  ///< it got a cancelling signal from us or with the group
        std::vector<int> writes;   ///< links
        std::vector<int> reads;    ///< links
    };

    [[nodiscard]] bool is_ok(int process, const ExitStatus& status) const;
    [[nodiscard]] static bool is_broken_pipe(const ExitStatus& status);
    [[nodiscard]] bool reader_ended_well(int process) const;
    [[nodiscard]] bool reader_undecided(int process);

    void judge(int process, Verdict verdict);
    void try_pending();
    void begin_cancel(CancelBegan why, int signal, const std::vector<bool>& reached);
    void fail(int process);

    const Plan& plan_;
    Effects& effects_;
    std::vector<Entry> entries_;
    std::vector<int> pending_;  ///< ended by SIGPIPE, their readers not judged yet
    int running_ = 0;
    bool cancelling_ = false;
    bool killed_ = false;
    bool outside_cut_ = false;
    int timed_out_ = -1;  ///< the stage whose own timeout passed
    Outcome outcome_;
};

}  // namespace pipectl
