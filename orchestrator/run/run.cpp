#include "orchestrator/run/run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <utility>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/front.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

namespace {

constexpr int kOwnErrorStatus = 125;

void block(const std::vector<int>& signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) {
        sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

[[noreturn]] void supervise(RunContext context, int socket) {
    block({SIGTTIN, SIGTTOU});
    RunResult result{kOwnErrorStatus, 0};
    try {
        Supervisor supervisor(std::move(context), socket);
        const Director::Outcome outcome = supervisor.run();
        result = {outcome.exit, outcome.signal};
    } catch (const std::exception& error) {
        (void)write_all(STDERR_FILENO, std::string("pipectl: ") + error.what() + "\n");
        kill_descendants([](pid_t) { return true; }, 1500, {});
    }
    (void)::send(socket, &result, sizeof result, MSG_NOSIGNAL);
    std::fflush(nullptr);
    ::_exit(0);
}

}  // namespace

int run_plan(const Plan& plan, Preflight preflight, const RunObserver& observer) {
    Terminal terminal;
    StandardFlags flags;
    Ledger ledger;
    Guard guard;
    const std::string run_id = make_run_id();
    OutputSet outputs = OutputSet::open(plan.outputs, run_id);

    // A caller that ignores SIGCHLD would take the children's statuses from us; wait(2).
    ::signal(SIGCHLD, SIG_DFL);
    take_relayed_signals();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    Fd front_end(ends[0]);
    Fd supervisor_end(ends[1]);
    become_subreaper();
    std::fflush(nullptr);

    const pid_t supervisor = ::fork();
    if (supervisor < 0) {
        throw SystemError("cannot create the supervisor", errno);
    }
    if (supervisor == 0) {
        front_end.reset();
        supervise({plan, preflight, observer, run_id, outputs, ledger, terminal, guard},
                  supervisor_end.get());
    }
    supervisor_end.reset();
    preflight.inputs.clear();
    outputs.keep_only_rollback();
    guard.stay_in_front();
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
    return stand_in_front({supervisor, front_end.get(), outputs, ledger, terminal, flags});
}

}  // namespace pipectl
