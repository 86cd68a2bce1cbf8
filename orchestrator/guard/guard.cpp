#include "orchestrator/guard/guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <thread>
#include <utility>

#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl {

namespace {

/// Of the words: where the control group stands, and the environment.
constexpr std::size_t kGroup = 4;
constexpr std::size_t kPath = 5;

std::string group_name(const std::string& run_id) {
    return "pipectl." + run_id;
}

std::map<std::string, std::string> helper_environment() {
    const char* helper = std::getenv("PIPECTL_HELPER");
    return helper != nullptr ? std::map<std::string, std::string>{{"PIPECTL_HELPER", helper}}
                             : std::map<std::string, std::string>{};
}

/// Takes in all processes below the supervisor. What leads to other hosts is below us as well, and
/// no part of the run: it ends by itself when we are gone (hosts/session.hpp). A process may fork
/// behind a look's back: what it starts then is found by the next one.
void gather(Cgroup& group, pid_t supervisor) {
    constexpr int kLooks = 20;
    std::set<pid_t> members;
    for (int look = 0; look < kLooks; ++look) {
        const auto is_outside = [&](pid_t pid) {
            return pid != supervisor && !members.contains(pid);
        };
        const auto moved = visit_descendants(supervisor, is_outside,
                                             [&](pid_t pid, int) { return group.take_in(pid); });
        const std::vector<pid_t> now = group.members();
        members = {now.begin(), now.end()};
        if (moved.empty()) {
            break;
        }
    }
    // a pid that was moved after its process had ended may have become another's
    const std::vector<pid_t> ours = descendants_of(supervisor);
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

bool remove_cgroup(Cgroup& group, bool may_stay) {
    using namespace std::chrono_literals;
    constexpr int kRounds = 500;
    for (int round = 0; !group.remove(); ++round) {
        if (round == kRounds) {
            return false;
        }
        if (may_stay) {
            for (const pid_t pid : group.members()) {
                group.let_out(pid);
            }
        } else {
            group.kill();
        }
        std::this_thread::sleep_for(2ms);  // a killed process takes a moment to end
    }
    return true;
}

Guard::Guard(std::string run_id) : run_id_(std::move(run_id)), lifeline_(make_pipe()) {}

void Guard::stand_by(int front, pid_t supervisor) {
    supervisor_ = open_pidfd(supervisor);
    helper_ = find_helper(helper_environment());
    null_ = open_null_device();
    wake_.reset(::eventfd(0, EFD_CLOEXEC));
    if (helper_.empty() || !null_ || !wake_) {
        return;
    }
    words_ = {"run-guard", "guard", run_id_, run_folder_path(run_id_), {}, "PATH="};
    if (const char* path = std::getenv("PATH")) {
        words_[kPath] += path;
    }
    for (std::size_t i = 0; i < kGroup; ++i) {
        argv_.push_back(words_[i].data());
    }
    argv_.insert(argv_.end(), 2, nullptr);
    environment_ = {words_[kPath].data(), nullptr};
    place_.front = front;
    place_.supervisor = supervisor_.get();
    place_.wake = wake_.get();
    place_.lifeline = lifeline_.reader.get();
    place_.null = null_.get();
    place_.program = helper_.c_str();
    place_.argv = argv_.data();
    place_.environment = environment_.data();
    int pidfd = -1;
    process_.pid = start_stand_by(place_, pidfd);
    if (process_.pid > 0) {
        process_.pidfd.reset(pidfd);
    }
}

void Guard::start(pid_t supervisor) {
    if (std::exchange(started_, true)) {
        return;
    }
    const std::string groups = Cgroup::own_folder();
    if (!groups.empty() && argv_.size() > kGroup) {
        words_[kGroup] = groups + "/" + group_name(run_id_);
        argv_[kGroup] = words_[kGroup].data();
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    // The guard stands before there is anything that a kill of both of us would leave.
    cgroup_ = Cgroup::create(group_name(run_id_));
    if (cgroup_) {
        gather(cgroup_, supervisor);
    }
}

void Guard::may_go() const {
    if (!started_ && process_) {
        signal_process(process_.pidfd.get(), SIGKILL);
    }
}

void Guard::finish(bool may_stay) {
    if (remove_cgroup(cgroup_, may_stay) || may_stay) {
        stop();
    } else {
        process_ = {};  // it goes on when we have ended
    }
}

void Guard::stop() {
    process_.end();
}

}  // namespace pipectl
