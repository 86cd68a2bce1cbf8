// The end of a run: what is still there when all stages have ended, and what is left when pipectl's
// front process was killed.

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/guard.hpp"
#include "orchestrator/run/supervisor.hpp"

namespace pipectl {

namespace {

using std::chrono::milliseconds;

/// How long processes that outlived their stages have between SIGTERM and SIGKILL, at most.
constexpr milliseconds kLeftoverGrace{1000};
constexpr milliseconds kLookAgain{20};
constexpr int kSweepLimitMs = 1500;

/// Whether there is any child, running or not; as a subreaper, no child means no descendant.
bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

void Supervisor::ask_for_guard() {
    guard_asked_ = true;
    ::syscall(SYS_pidfd_send_signal, front_.pidfd, SIGCHLD, nullptr, 0);
}

void Supervisor::look_for_end() {
    if (!started_all_ || !director_.all_ended() || ended_) {
        return;
    }
    if (!has_children()) {
        ended_ = true;
        loop_.stop();
        return;
    }
    end_leftovers();
}

void Supervisor::end_leftovers() {
    const std::vector<pid_t> left = descendants_of(::getpid());
    const bool unwanted =
        std::ranges::any_of(left, [this](pid_t pid) { return !detached_.own(pid); });
    if (!leftovers_told_ && !left.empty()) {
        leftovers_told_ = true;
        for (const pid_t pid : left) {
            ProcessStat stat;
            if (read_process_stat(pid, stat)) {
                record(LeftoverFound{pid, stat.name, environment_of(pid, "PIPECTL_STAGE"),
                                     detached_.own(pid)});
            }
        }
        if (unwanted) {
            const auto wanted = [this](pid_t pid) { return !detached_.own(pid); };
            signal_descendants(::getpid(), SIGTERM, wanted);
            signal_descendants(::getpid(), SIGCONT, wanted);
            after(std::min(plan_.grace, kLeftoverGrace), [this] { kill_everything(); });
        }
    }
    if (!unwanted && left.empty() == false) {
        ended_ = true;
        loop_.stop();
        return;
    }
    after(kLookAgain, [this] { look_for_end(); });
}

void Supervisor::kill_everything() {
    signal_descendants(::getpid(), SIGKILL, [this](pid_t pid) { return !detached_.own(pid); });
    if (!ended_) {
        after(kLookAgain, [this] { kill_everything(); });
    }
}

void Supervisor::front_was_killed() {
    Cgroup group = find_cgroup_of(context_.run_id);
    const bool in_group = static_cast<bool>(group);
    if (!detached_.any()) {
        group.kill();
    }
    kill_descendants([this](pid_t pid) { return !detached_.own(pid); }, kSweepLimitMs, {});
    remove_cgroup(group, detached_.any());
    context_.outputs.roll_back();
    context_.ledger.clean_up();
    context_.terminal.restore();
    record(RunEnded{Verdict::cancelled, 128 + SIGKILL, SIGKILL, "pipectl was killed",
                    in_group ? "cgroup" : "subreaper"});
    ::_exit(128 + SIGKILL);
}

}  // namespace pipectl
