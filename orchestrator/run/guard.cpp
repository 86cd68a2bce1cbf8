#include "orchestrator/run/guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>
#include <utility>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/run/preflight.hpp"
#include "orchestrator/run/run_folder.hpp"

namespace pipectl {

namespace {

std::string group_name(const std::string& run_id) {
    return "pipectl." + run_id;
}

std::map<std::string, std::string> helper_environment() {
    const char* helper = std::getenv("PIPECTL_HELPER");
    return helper != nullptr ? std::map<std::string, std::string>{{"PIPECTL_HELPER", helper}}
                             : std::map<std::string, std::string>{};
}

/// Takes in all processes below us but the two that end the group. A process may fork behind a
/// look's back: what it starts then is found by the next one.
void gather(Cgroup& group, pid_t supervisor, pid_t guard) {
    constexpr int kLooks = 20;
    std::set<pid_t> members;
    for (int look = 0; look < kLooks; ++look) {
        const auto is_outside = [&](pid_t pid) {
            return pid != supervisor && pid != guard && !members.contains(pid);
        };
        const auto moved = visit_descendants(::getpid(), is_outside,
                                             [&](pid_t pid, int) { return group.take_in(pid); });
        const std::vector<pid_t> now = group.members();
        members = {now.begin(), now.end()};
        if (moved.empty()) {
            break;
        }
    }
    // a pid that was moved after its process had ended may have become another's
    const std::vector<pid_t> ours = descendants_of(::getpid());
    const std::set<pid_t> known(ours.begin(), ours.end());
    for (const pid_t pid : group.members()) {
        if (!known.contains(pid)) {
            group.let_out(pid);
        }
    }
}

}  // namespace

Cgroup find_cgroup_of(const std::string& run_id) {
    return Cgroup::find(group_name(run_id));
}

void remove_cgroup(Cgroup& group, bool may_stay) {
    using namespace std::chrono_literals;
    constexpr int kRounds = 500;
    for (int round = 0; !group.remove() && round < kRounds; ++round) {
        if (may_stay) {
            for (const pid_t pid : group.members()) {
                group.let_out(pid);
            }
        } else {
            group.kill();
        }
        std::this_thread::sleep_for(2ms);  // a killed process takes a moment to end
    }
}

Guard::Guard(std::string run_id) : run_id_(std::move(run_id)), lifeline_(make_pipe()) {}

void Guard::start(pid_t supervisor) {
    if (!lifeline_.reader) {
        return;
    }
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    SpawnRequest request;
    request.program = find_helper(helper_environment());
    request.argv = {"run-guard", "guard", run_id_, run_folder_path(run_id_)};
    const std::string groups = Cgroup::own_folder();
    if (!groups.empty()) {
        request.argv.push_back(groups + "/" + group_name(run_id_));
    }
    if (const char* path = std::getenv("PATH")) {
        request.environment.push_back(std::string("PATH=") + path);
    }
    request.cwd = "/";
    const Fd front(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    const Fd below(static_cast<int>(::syscall(SYS_pidfd_open, supervisor, 0)));
    if (!front || !below) {
        return;
    }
    request.descriptors = {{0, lifeline_.reader.get()},
                           {1, null.get()},
                           {2, null.get()},
                           {3, front.get()},
                           {4, below.get()}};
    SpawnResult result = spawn(request);
    if (result.process) {
        process_ = std::move(*result.process);
    }
    lifeline_.reader.reset();
    // The guard stands before there is anything that a kill of both of us would leave.
    cgroup_ = Cgroup::create(group_name(run_id_));
    if (cgroup_) {
        gather(cgroup_, supervisor, process_.pid);
    }
}

void Guard::stop() {
    if (process_.pid > 0) {
        // Through its pidfd: it may have been reaped with the orphans, and its pid be another's.
        ::syscall(SYS_pidfd_send_signal, process_.pidfd.get(), SIGKILL, nullptr, 0);
        ::waitpid(process_.pid, nullptr, 0);
        process_ = {};
    }
}

}  // namespace pipectl
