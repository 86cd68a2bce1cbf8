#pragma once

// A run on this machine: real processes, channels, signals and time.
//
// Knows no channel kind and no helper, and decides nothing: what comes in becomes an occurrence,
// what the director answers is carried out. The parts have files of their own: links (link_set),
// starts (launch), pids (children), signals (job_signals), looks and accounts (looks), what is left
// (leavings), other processes of pipectl that ask (asked, control_server), files (settle), what
// stages said (last_words).

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/director/director.hpp"
#include "orchestrator/director/world.hpp"
#include "orchestrator/files/outputs.hpp"
#include "orchestrator/guard/known_processes.hpp"
#include "orchestrator/guard/leavings.hpp"
#include "orchestrator/links/link_set.hpp"
#include "orchestrator/run/asked.hpp"
#include "orchestrator/run/children.hpp"
#include "orchestrator/run/control_server.hpp"
#include "orchestrator/run/first_bytes.hpp"
#include "orchestrator/run/job_signals.hpp"
#include "orchestrator/run/launch.hpp"
#include "orchestrator/run/looks.hpp"
#include "orchestrator/run/loop.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_clock.hpp"
#include "orchestrator/run/stage_stderr.hpp"
#include "orchestrator/run/taps.hpp"
#include "orchestrator/run/teller.hpp"
#include "orchestrator/run/terminal.hpp"
#include "orchestrator/traces/ledger.hpp"
#include "orchestrator/traces/run_folder.hpp"

namespace pipectl {

/// What front and supervisor share, made before the fork.
struct RunContext {
    const Plan& plan;
    const Preflight& preflight;
    const RunObserver& observer;
    std::string run_id;
    OutputSet& outputs;
    Ledger& ledger;
    Terminal& terminal;
    Teller& teller;
    StageStderr& stages;
    OtherHosts* others;  ///< null: there are none
};

/// Which attempt at the run it is.
struct AttemptAt {
    std::chrono::steady_clock::time_point began;  ///< of the run
    int number = 1;
    bool last = true;  ///< no other one can follow
};

/// How the supervisor hears of the front.
struct FrontHandle {
    int socket;   ///< for signals, and for the result
    int pidfd;    ///< readable when the front has ended
    int guarded;  ///< readable when the third process stands, or cannot be had
};

class RealWorld final : public World {
  public:
    RealWorld(RunContext context, const FrontHandle& front, const AttemptAt& attempt);

    /// The run is over: settles its outputs, which may change how it ends, and tells the rest.
    void close(Director::Outcome& outcome);
    /// The attempt is over, and another one follows: nothing of it stays but what was said.
    void close_attempt(const Director::Outcome& outcome, RunTime pause);

    // World
    Occurrence start(int process) override;
    void all_started() override;
    std::vector<Occurrence> wait(std::optional<RunTime> until) override;
    [[nodiscard]] RunTime now() const override;
    void carry_out(const Action& action) override;

    // Facts
    [[nodiscard]] bool is_exiting(int process) const override;
    [[nodiscard]] bool is_abandoned(int link) const override;
    [[nodiscard]] bool is_closed(int link) const override;
    [[nodiscard]] bool writer_goes_on(int link) override;
    [[nodiscard]] bool has_moved(int process) override;
    [[nodiscard]] bool input_over(int process) const override;
    [[nodiscard]] bool outside_reader_gone() const override;
    [[nodiscard]] bool reached_group(int signal) const override;
    [[nodiscard]] std::vector<LinkWaits> waits() const override;
    [[nodiscard]] Leftovers leftovers() const override;

  private:
    void perform(const action::Start& /*what*/) {}  // the supervisor's own
    void perform(const action::GiveUpStart& what) { links_.handed_over(what.process); }
    void perform(const action::EndForGood& what);
    void perform(const action::SendSignal& what);
    void perform(const action::ReleaseEnd& what) { links_.release_hold(what.link); }
    void perform(const action::LetWriterFail& what);
    void perform(const action::SignalWriters& what);
    void perform(const action::TellHelper& what);
    void perform(const action::EndLeftovers& what);
    void perform(const action::KillAll& what);
    void perform(const action::RunLasts& what);
    void perform(const action::Tell& what);

    void meet_others();
    std::optional<Occurrence> look_at_late_start(int process);
    void wait_for_guard();
    /// The process has become its program.
    void runs_now(int process);
    void take_word_of_holder(int process, int word);
    void tell(decltype(Event::what) what);
    void reap();
    void take_reports();
    void look();
    [[noreturn]] void front_was_killed();

    RunContext context_;
    const Plan& plan_;
    FrontHandle front_;
    AttemptAt attempt_;
    RunClock clock_;
    Loop loop_;
    PipeEnds report_;  ///< helpers' words on outputs that are complete
    RunFolder folder_;
    LinkSet links_;
    SharedRegions regions_;
    Taps taps_;
    Launcher launcher_;
    Children children_;
    FirstBytes first_bytes_;
    Leavings leavings_;
    KnownProcesses known_;
    Looks looks_;
    JobSignals signals_;
    AskedRun asked_;
    ControlServer control_;
    std::set<int> waiting_;  ///< processes that do not have what they need yet
    std::vector<Occurrence> happened_;
    bool guard_asked_ = false;
    bool cancelling_ = false;
    bool begun_ = false;  ///< a process was to be started
};

}  // namespace pipectl
