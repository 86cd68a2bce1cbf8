#include "orchestrator/run/run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "orchestrator/director/attempts.hpp"
#include "orchestrator/director/supervisor.hpp"
#include "orchestrator/guard/detached.hpp"
#include "orchestrator/process/clone.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/ferry.hpp"
#include "orchestrator/run/front.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "orchestrator/run/real_world.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/signals.hpp"
#include "stages/objects/hold.hpp"

namespace pipectl {

namespace {

/// From here on it pays to keep descriptors from children: see ferry.hpp.
constexpr std::size_t kManyProcesses = 16;

void block(const std::vector<int>& signals) {
    const sigset_t set = signal_set(signals);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

StageStderr words_of_stages(const Plan& plan, StageWords how) {
    using Prefix = StageStderr::Prefix;
    switch (how) {
        case StageWords::untouched: return {};
        case StageWords::kept: return {plan, Prefix::none};
        case StageWords::prefixed: return {plan, Prefix::plain};
        case StageWords::coloured: return {plan, Prefix::coloured};
    }
    return {};
}

/// What the stages of every attempt have as stdin; the world takes it away when all have it.
class OwnInput {
  public:
    explicit OwnInput(bool kept) {
        if (!kept) return;
        own_ = duplicate(STDIN_FILENO);
        start_ = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    }
    void begin_again() const {
        if (own_) ::dup2(own_.get(), STDIN_FILENO);
        if (start_ >= 0) ::lseek(STDIN_FILENO, start_, SEEK_SET);
    }

  private:
    Fd own_;
    off_t start_ = -1;
};

Director::Outcome run_attempts(const RunContext& context, const FrontHandle& front) {
    const Plan& plan = context.plan;
    const auto began = std::chrono::steady_clock::now();
    const OwnInput input(plan.retries > 0);
    Attempts attempts(plan);
    for (RunTime begins{};;) {
        RealWorld world(context, front,
                        {began, attempts.number(), attempts.number() > plan.retries});
        const int here = context.others != nullptr ? context.others->here() : 0;
        Director::Outcome outcome = Supervisor(plan, world, begins, here).run();
        const std::optional<RunTime> pause = attempts.after(outcome);
        if (!pause) {
            world.close(outcome);
            return outcome;
        }
        world.close_attempt(outcome, *pause);
        begins = world.now() + *pause;
        input.begin_again();
        for (const Fd& file : context.preflight.inputs) {
            if (file) ::lseek(file.get(), 0, SEEK_SET);
        }
    }
}

[[noreturn]] void supervise(RunContext context, const FrontHandle& front) {
    block({SIGTTIN, SIGTTOU});
    RunResult result{kOwnErrorStatus, 0};
    const RunObserver& observer = context.observer;
    Teller& teller = context.teller;
    try {
        const Director::Outcome outcome = run_attempts(context, front);
        result = {outcome.exit, outcome.signal};
        if (observer.on_over) {
            const int exit = observer.on_over(result.exit);
            if (result.signal == 0) result.exit = exit;
        }
    } catch (const std::exception& error) {
        teller.complain(error.what());
        kill_descendants([](pid_t) { return true; }, 1500, {});
    }
    teller.finish({reinterpret_cast<const char*>(&result), sizeof result});
    std::fflush(nullptr);
    ::_exit(0);
}

}  // namespace

PreparedRun prepare_run(const Plan& plan, const std::string& run_id) {
    PreparedRun prepared;
    if (plan.lock) {
        prepared.lock =
            channel::take_all({}, {{plan.lock->path, plan.lock->shared, plan.lock->wait}});
    }
    prepared.run_id = run_id.empty() ? make_run_id() : run_id;
    prepared.outputs = OutputSet::open({plan.outputs.begin(), plan.outputs.end()}, prepared.run_id);
    return prepared;
}

int run_plan(const Plan& plan, const Preflight& preflight, const RunObserver& observer) {
    return run_prepared(plan, preflight, observer, prepare_run(plan, observer.run_id), nullptr);
}

int run_prepared(const Plan& plan, const Preflight& preflight, const RunObserver& observer,
                 PreparedRun prepared, OtherHosts* others) {
    if (plan.processes.size() > kManyProcesses) keep_low_numbers();
    Terminal terminal;
    StandardFlags flags;
    Ledger ledger;
    const std::string& run_id = prepared.run_id;
    OutputSet& outputs = prepared.outputs;
    // made before there are two processes that must know it: one outlives the other
    if (DetachedStages(plan, run_id).any()) (void)detach_key();
    Guard guard(run_id);
    Teller own_teller;
    Teller& teller = observer.teller != nullptr ? *observer.teller : own_teller;
    StageStderr stages = words_of_stages(plan, observer.stage_words);

    // A caller that ignores SIGCHLD would take the children's statuses from us; wait(2).
    ::signal(SIGCHLD, SIG_DFL);
    take_relayed_signals();
    const Fd signals = open_relayed_signals();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    const Fd front_end(ends[0]);
    const Fd supervisor_end(ends[1]);
    become_subreaper();
    std::fflush(nullptr);

    const Fd own_handle = open_pidfd(::getpid());
    if (!own_handle) {
        throw SystemError("cannot watch a process", errno);
    }
    const Fd guarded(::eventfd(0, EFD_CLOEXEC));
    if (!guarded) {
        throw SystemError("cannot create an event descriptor", errno);
    }
    const pid_t supervisor = fork_sharing_files();
    if (supervisor < 0) {
        throw SystemError("cannot create the supervisor", errno);
    }
    if (supervisor == 0) {
        teller.use_front(supervisor_end.get(), front_end.get(), own_handle.get());
        supervise(
            {plan, preflight, observer, run_id, outputs, ledger, terminal, teller, stages, others},
            {supervisor_end.get(), own_handle.get(), guarded.get()});
    }
    outputs.leave_open();
    // made while the supervisor prepares itself, which starts nothing before that
    guard.stand_by(own_handle.get(), supervisor);
    const std::uint64_t one = 1;
    (void)!::write(guarded.get(), &one, sizeof one);
    const int status =
        stand_in_front({supervisor, front_end.get(), signals.get(), plan, run_id, guard, outputs,
                        ledger, terminal, flags, teller, stages, observer.on_supervisor_lost,
                        observer.on_death, observer.conductor, others});
    if (observer.ends_program) {
        std::fflush(nullptr);
        ::_exit(status);
    }
    return status;
}

}  // namespace pipectl
