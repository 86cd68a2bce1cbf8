#pragma once

// Carries a run out: starts the processes of a plan, waits for what happens, asks the director what
// to do about it, and leaves nothing behind.
//
// One thread, one loop. Owns processes, links and the clock of the run. It knows no channel kind
// and no helper; which status the run ends with is the director's decision. The class has six
// files: supervisor.cpp (start, reap, end), supervisor_signals.cpp, supervisor_readers.cpp (readers
// that leave), supervisor_looks.cpp (accounts), supervisor_control.cpp (what other processes of
// pipectl ask for) and leftovers.cpp (what outlives its stage, or pipectl).

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/control_server.hpp"
#include "orchestrator/run/deadlines.hpp"
#include "orchestrator/run/detached.hpp"
#include "orchestrator/run/director.hpp"
#include "orchestrator/run/input_progress.hpp"
#include "orchestrator/run/launch.hpp"
#include "orchestrator/run/ledger.hpp"
#include "orchestrator/run/link_set.hpp"
#include "orchestrator/run/look_schedule.hpp"
#include "orchestrator/run/loop.hpp"
#include "orchestrator/run/meter.hpp"
#include "orchestrator/run/outputs.hpp"
#include "orchestrator/run/preflight.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_folder.hpp"
#include "orchestrator/run/signal_relay.hpp"
#include "orchestrator/run/terminal.hpp"

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
};

/// How the supervisor hears of the front.
struct FrontHandle {
    int socket;  ///< for signals, and for the result
    int pidfd;   ///< readable when the front has ended
};

class Supervisor : private Effects, private ControlledRun {
  public:
    Supervisor(RunContext context, const FrontHandle& front);

    /// Runs to the end and says how it was. Does not throw.
    Director::Outcome run();

  private:
    struct Child {
        pid_t pid = -1;
        Fd pidfd;
    };

    // Effects
    void send_signal(int process, int signal) override;
    void release_hold(int link) override;
    void watch_writer(int link) override;
    void start_grace() override;
    void kill_everything() override;
    bool is_exiting(int process) override;
    bool is_abandoned(int link) override;
    void start_patience(int process, int reader) override;
    bool outside_reader_gone() override;
    void record(decltype(Event::what) what) override;

    // ControlledRun
    std::string record_so_far() override;
    void cancel(bool now) override;
    std::string signal_stages(const std::string& stage, int signal) override;

    void start_all();
    bool start_one(int process);
    void reap();
    void look();
    void look_after(std::chrono::steady_clock::duration pause);
    void look_soon();
    void end_standstill();
    void record_accounts();
    void on_signal(const SignalInfo& info);
    void on_front_byte();
    void on_report();
    void act_on(int signal, bool reached_group);
    void make_up_for(int signal);
    void check_writer(int link, int round);
    void tell_helper(int process, int link);
    void check_patience(int process, int reader, int round);
    void arm();
    void after(std::chrono::milliseconds delay, std::function<void()> action);
    void ask_for_guard();
    void look_for_end();
    void end_leftovers();
    void settle_outputs(Director::Outcome& outcome);
    [[noreturn]] void front_was_killed();

    RunContext context_;
    const Plan& plan_;
    DetachedStages detached_;
    FrontHandle front_;
    std::chrono::steady_clock::time_point began_;
    Loop loop_;
    Deadlines deadlines_;
    PipeEnds report_;  ///< helpers' words on outputs that are complete
    RunFolder folder_;
    LinkSet links_;
    Launcher launcher_;
    InputProgress inputs_;
    Meter meter_;
    LookSchedule schedule_;
    Director director_;
    SignalRelay relay_;
    ControlServer control_;
    std::vector<Child> children_;
    std::unordered_map<pid_t, int> by_pid_;
    std::optional<std::chrono::steady_clock::time_point> next_look_;  ///< none before the first
    int look_round_ = 0;
    bool started_all_ = false;
    bool ended_ = false;
    bool leftovers_told_ = false;
    bool guard_asked_ = false;
};

}  // namespace pipectl
