#include "orchestrator/run/front.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/run/detached.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr int kOwnErrorStatus = 125;
constexpr int kSweepLimitMs = 1500;

sigset_t set_of(const std::vector<int>& signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) {
        sigaddset(&set, number);
    }
    return set;
}

/// Lets a signal do what it does by default. Returns when the process goes on after a stop.
void take_default_action(int number) {
    ::signal(number, SIG_DFL);
    ::raise(number);
    const sigset_t set = set_of({number});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void pass_on(int socket, const RelayedSignal& signal) {
    (void)::send(socket, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool is_pending(int number) {
    sigset_t pending;
    return ::sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Waits for the supervisor and passes on what comes meanwhile. Returns its wait status.
int wait_for(pid_t supervisor, int socket, Guard& guard) {
    const sigset_t set = set_of(relayed_signals());
    for (;;) {
        int status = 0;
        if (::waitpid(supervisor, &status, WNOHANG) == supervisor) {
            return status;
        }
        siginfo_t info{};
        const int number = ::sigwaitinfo(&set, &info);
        if (number == SIGCHLD && info.si_code == SI_USER && info.si_pid == supervisor) {
            guard.start(supervisor);  // the run lasts: see Supervisor::ask_for_guard()
        }
        if (number <= 0 || number == SIGCHLD || number == SIGPIPE) {
            continue;
        }
        pass_on(socket, {number, info.si_code == SI_USER ? info.si_pid : 0});
        if (number == SIGTSTP) {
            take_default_action(SIGTSTP);
            if (!is_pending(SIGCONT) && !is_pending(SIGTSTP)) {
                // We were not stopped, being in an orphaned process group: neither are the others.
                pass_on(socket, {SIGCONT, 0});
            }
        }
    }
}

/// The supervisor's last word. False when it ended without one.
bool take_report(int socket, RunResult& result) {
    ssize_t got = 0;
    do {
        got = ::recv(socket, &result, sizeof result, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof result);
}

}  // namespace

const std::vector<int>& relayed_signals() {
    static const std::vector<int> signals = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP,
                                             SIGCONT, SIGUSR1, SIGCHLD, SIGPIPE};
    return signals;
}

void take_relayed_signals() {
    for (const int number : relayed_signals()) {
        const bool ours = number == SIGCHLD || number == SIGPIPE || number == SIGCONT;
        const sigset_t set = set_of({number});
        ::sigprocmask(!ours && is_ignored(number) ? SIG_UNBLOCK : SIG_BLOCK, &set, nullptr);
    }
}

int stand_in_front(const FrontContext& context) {
    const int status = wait_for(context.supervisor, context.socket, context.guard);
    RunResult result;
    const bool reported = take_report(context.socket, result);
    const DetachedStages detached(context.plan, context.run_id);
    if (!reported) {
        if (!detached.any()) {
            context.guard.kill_group();
        }
        kill_descendants([&](pid_t pid) { return !detached.own(pid); }, kSweepLimitMs, {});
        context.outputs.roll_back();
        context.ledger.clean_up();
        if (context.on_supervisor_lost) {
            context.on_supervisor_lost();
        }
        const std::string message = "pipectl: the supervisor of this run " +
                                    describe(ExitStatus::from_wait(status)) +
                                    "; its processes were ended and no file was replaced\n";
        (void)write_all(STDERR_FILENO, message);
        result.exit = kOwnErrorStatus;
    }
    context.guard.stop();
    context.guard.remove_group(detached.any());
    const sigset_t tty_output = set_of({SIGTTOU});
    ::sigprocmask(SIG_BLOCK, &tty_output, nullptr);
    context.terminal.restore();
    context.flags.restore();
    if (result.signal != 0) {
        const rlimit none{0, 0};  // no core dump of ours for somebody's Ctrl-backslash
        ::setrlimit(RLIMIT_CORE, &none);
        take_default_action(result.signal);
    }
    return result.exit;
}

}  // namespace pipectl
