#include "orchestrator/run/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/title.hpp"
#include "orchestrator/run/guard.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/run/start_failure.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kOwnErrorStatus = 125;
/// How many processes are started between two looks at what has happened meanwhile.
constexpr int kStartsPerLook = 8;
/// Descriptors of our own beside those of links, processes and files.
constexpr std::size_t kOwnDescriptors = 32;
/// Runs that are over by then need no third watcher.
constexpr milliseconds kGuardDelay{50};
/// How much of a failed stage's captured stderr is shown.
constexpr int kTailLines = 10;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

ResourceUse use_from(const rusage& usage) {
    return {seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss * 1024,
            usage.ru_nvcsw, usage.ru_nivcsw};
}

/// A child that has ended, and stays a zombie until it is waited for; 0: there is none.
pid_t next_zombie() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

}  // namespace

Supervisor::Supervisor(RunContext context, const FrontHandle& front)
    : context_(std::move(context)),
      plan_(context_.plan),
      detached_(plan_, context_.run_id),
      front_(front),
      began_(Clock::now()),
      report_(make_pipe()),
      folder_(context_.run_id, context_.ledger),
      links_(plan_, folder_),
      launcher_(plan_, context_.preflight, context_.outputs, links_, context_.run_id,
                report_.writer.get()),
      inputs_(plan_, context_.preflight),
      meter_(plan_, context_.preflight.programs, links_, began_),
      schedule_(context_.observer.live),
      director_(plan_, *this),
      control_(loop_, folder_, *this, front_.pidfd),
      children_(plan_.processes.size()) {
    // Who names the program or its file to pkill(1) means the front, which passes the signal on.
    set_title("run:" + plan_.name + " (supervisor of " + std::to_string(::getppid()) + ")");
    // Should the front die while a stop signal holds us, we must wake up to clean up after it.
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);
    become_subreaper();
    loop_.on_signals(
        {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGUSR1, SIGCHLD},
        [this](const SignalInfo& info) { on_signal(info); });
    set_nonblocking(report_.reader.get(), true);
    loop_.on_readable(report_.reader.get(), [this] {
        on_report();
        return true;
    });
    loop_.on_readable(front_.socket, [this] {
        on_front_byte();
        return true;
    });
    loop_.on_readable(front_.pidfd, [this]() -> bool { front_was_killed(); });
}

Director::Outcome Supervisor::run() {
    record(start_of_run(plan_, context_.run_id));
    start_all();
    look_for_end();
    if (!ended_) {
        loop_.run();
    }
    context_.ledger.clean_up();
    folder_.close();
    Director::Outcome outcome = director_.finish();
    settle_outputs(outcome);
    record_accounts();
    const bool in_group = guard_asked_ && find_cgroup_of(context_.run_id);
    record(RunEnded{outcome.verdict, outcome.exit, outcome.signal, outcome.message,
                    in_group ? "cgroup" : "subreaper"});
    return outcome;
}

void Supervisor::record(decltype(Event::what) what) {
    const std::chrono::duration<double> since = Clock::now() - began_;
    context_.observer.on_event({since.count(), std::move(what)});
}

void Supervisor::start_all() {
    rlimit limit{};
    const std::size_t needed = 2 * plan_.links.size() + plan_.processes.size() +
                               plan_.outputs.size() + plan_.inputs.size() + kOwnDescriptors;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < needed) {
        director_.give_up("the run needs about " + std::to_string(needed) +
                              " open descriptors, and the limit is " +
                              std::to_string(limit.rlim_max) + " (see 'ulimit -Hn')",
                          kOwnErrorStatus);
        started_all_ = true;
        return;
    }
    if (plan_.timeout) {
        after(*plan_.timeout, [this] { director_.run_timed_out(); });
    }
    for (std::size_t i = 0; i < plan_.processes.size() && !director_.cancelling(); ++i) {
        if (!start_one(static_cast<int>(i))) {
            break;
        }
        if (i % kStartsPerLook == kStartsPerLook - 1) {
            loop_.poll();
        }
    }
    started_all_ = true;
    folder_.close();  // channels lose their names once both ends are there
    after(kGuardDelay, [this] {
        ask_for_guard();
        look();
        control_.open();
    });
    // Nobody but the stages reads our stdin from now on: whoever feeds it must notice when they
    // end.
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
    context_.outputs.keep_only_rollback();
}

bool Supervisor::start_one(int process) {
    const Process& what = plan_.processes[static_cast<std::size_t>(process)];
    const auto failed = [&](const std::string& reason, int status) {
        record(StartFailed{process, reason, status});
        director_.give_up("stage '" + what.name + "' could not be started: " + reason, status);
        return false;
    };
    SpawnResult result;
    try {
        result = launcher_.start(process);
    } catch (const SystemError& error) {
        return failed(error.what(), kOwnErrorStatus);
    }
    if (!result.process) {
        return failed(describe_start_failure(result.failure, what.shown_argv.front()),
                      status_of_start_failure(result.failure));
    }
    Child& child = children_[static_cast<std::size_t>(process)];
    child.pid = result.process->pid;
    child.pidfd = std::move(result.process->pidfd);
    by_pid_.emplace(child.pid, process);
    meter_.started(process, child.pid, child.pidfd.get(), Clock::now());
    record(ProcessStarted{process, child.pid});
    director_.started(process);
    if (what.timeout) {
        after(*what.timeout, [this, process] { director_.stage_timed_out(process); });
    }
    return true;
}

void Supervisor::reap() {
    std::vector<Director::Ended> batch;
    rusage usage{};
    int status = 0;
    pid_t pid = 0;
    while ((pid = next_zombie()) > 0) {
        const auto found = by_pid_.find(pid);
        if (found != by_pid_.end()) {
            meter_.ended(found->second, Clock::now());
        }
        if (::wait4(pid, &status, WNOHANG, &usage) != pid) {
            break;
        }
        if (found == by_pid_.end()) {
            continue;  // an orphan that we adopted
        }
        const int process = found->second;
        meter_.reaped(process, use_from(usage));
        links_.process_ended(process);
        by_pid_.erase(found);
        children_[static_cast<std::size_t>(process)] = {};
        const ExitStatus how = ExitStatus::from_wait(status);
        record(ProcessEnded{process, how, use_from(usage)});
        batch.push_back({process, how});
    }
    if (!batch.empty()) {
        director_.ended(batch);
        look_soon();
    }
    look_for_end();
}

void Supervisor::on_report() {
    struct {
        pid_t pid;
        int number;
    } word{};
    while (::read(report_.reader.get(), &word, sizeof word) == static_cast<ssize_t>(sizeof word)) {
        const auto found = by_pid_.find(word.pid);
        if (found == by_pid_.end()) {
            continue;  // it has been judged as a whole
        }
        const auto& process = plan_.processes[static_cast<std::size_t>(found->second)];
        for (const Descriptor& descriptor : process.descriptors) {
            if (descriptor.number == word.number &&
                descriptor.what == Descriptor::What::link_writer) {
                director_.output_complete(descriptor.index);
            }
        }
    }
}

void Supervisor::send_signal(int process, int signal) {
    const Child& child = children_[static_cast<std::size_t>(process)];
    if (child.pid <= 0) {
        return;
    }
    // Not reaped yet, so the pid is still this process's.
    if (::kill(child.pid, signal) == 0 && signal != SIGCONT && signal != SIGTSTP) {
        record(SignalSent{process, signal});
    }
}

void Supervisor::release_hold(int link) {
    links_.release_hold(link);
}

void Supervisor::start_grace() {
    after(plan_.grace, [this] { director_.grace_over(); });
}

bool Supervisor::outside_reader_gone() {
    pollfd out{STDOUT_FILENO, 0, 0};
    return ::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

void Supervisor::after(milliseconds delay, std::function<void()> action) {
    deadlines_.add(Clock::now() + delay, std::move(action));
    arm();
}

void Supervisor::arm() {
    loop_.set_alarm(deadlines_.next(), [this] {
        deadlines_.run_due(Clock::now());
        look_for_end();
        arm();
    });
}

void Supervisor::settle_outputs(Director::Outcome& outcome) {
    OutputSet& outputs = context_.outputs;
    const bool success = outcome.exit == 0 && outcome.signal == 0;
    if (!success && outcome.process >= 0) {
        const Process& failed = plan_.processes[static_cast<std::size_t>(outcome.process)];
        for (const Descriptor& descriptor : failed.descriptors) {
            if (descriptor.number == STDERR_FILENO &&
                descriptor.what == Descriptor::What::output_file) {
                const auto index = static_cast<std::size_t>(descriptor.index);
                record(StderrTail{outcome.process, outputs.tail(index, kTailLines)});
            }
        }
    }
    for (const OutputResult& result : success ? outputs.commit() : outputs.give_up()) {
        if (success && !result.error.empty() && outcome.exit == 0) {
            outcome.verdict = Verdict::failed;
            outcome.exit = kOwnErrorStatus;
            outcome.message = result.error;
        }
        record(OutputDecided{result.path, result.replaced, result.error});
    }
}

}  // namespace pipectl
