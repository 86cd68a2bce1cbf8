#include "orchestrator/traces/stray_run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/traces/ipc_proof.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/objects/run_remains.hpp"

namespace pipectl {

namespace {

namespace fs = std::filesystem;

/// All groups of that run: it may have been started from another one than ours.
std::vector<std::string> groups_of(const std::string& run) {
    std::vector<std::string> found;
    std::error_code error;
    constexpr auto kOptions = fs::directory_options::skip_permission_denied;
    const std::string top = Cgroup::mount();
    for (auto at = fs::recursive_directory_iterator(top, kOptions, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        std::error_code unknown;
        if (!at->is_directory(unknown)) {
            continue;
        }
        if (at->path().filename() == "pipectl." + run) {
            found.push_back(at->path().string());
        }
    }
    return found;
}

std::set<pid_t> members_of(const std::vector<std::string>& groups) {
    std::set<pid_t> members;
    for (const std::string& group : groups) {
        std::istringstream lines(read_small_file(group + "/cgroup.procs"));
        for (pid_t pid = 0; lines >> pid;) {
            members.insert(pid);
        }
    }
    return members;
}

bool has_environment_of(pid_t pid, const std::string& run) {
    return pid != ::getpid() && environment_of(pid, "PIPECTL_RUN") == run;
}

std::set<pid_t> members_by_environment(const std::string& run) {
    std::set<pid_t> members;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto pid = static_cast<pid_t>(std::stol(name));
        if (has_environment_of(pid, run)) {
            members.insert(pid);
        }
    }
    return members;
}

std::set<pid_t> living(std::set<pid_t> pids) {
    std::erase_if(pids, [](pid_t pid) {
        ProcessStat stat;
        return !read_process_stat(pid, stat) || stat.state == 'Z' || stat.state == 'X';
    });
    return pids;
}

std::set<pid_t> find_processes(const std::string& run, const std::vector<std::string>& groups) {
    std::set<pid_t> all = members_of(groups);
    all.merge(members_by_environment(run));
    return living(std::move(all));
}

void kill_one(pid_t pid, const std::string& run) {
    const Fd handle = open_pidfd(pid);
    // read again with the handle held: from here on it is this process or none
    if (handle && has_environment_of(pid, run)) {
        signal_process(handle.get(), SIGKILL);
    }
}

}  // namespace

bool is_stray(const std::string& run, const std::string& folder) {
    const auto abandoned = [&] {
        return channel::Remains(folder).state() == channel::Remains::State::abandoned;
    };
    if (!abandoned() || guarded_runs().contains(run)) {
        return false;
    }
    // a run that has just made its folder locks it with the next system call
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return abandoned();
}

std::vector<pid_t> processes_of_run(const std::string& run) {
    const std::set<pid_t> all = find_processes(run, groups_of(run));
    return {all.begin(), all.end()};
}

StrayEnd end_stray_run(const std::string& run) {
    using namespace std::chrono_literals;
    constexpr int kRounds = 200;
    const std::vector<std::string> groups = groups_of(run);
    std::set<pid_t> ended;
    std::set<pid_t> now = find_processes(run, groups);
    for (int round = 0; !now.empty() && round < kRounds; ++round) {
        ended.insert(now.begin(), now.end());
        for (const std::string& group : groups) {
            const Fd file(::open((group + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
            (void)(file && write_all(file.get(), "1") == 0);
        }
        for (const pid_t pid : now) {
            kill_one(pid, run);
        }
        std::this_thread::sleep_for(5ms);  // a killed process takes a moment to end
        now = find_processes(run, groups);
    }
    for (const std::string& group : groups) {
        ::rmdir(group.c_str());
    }
    return {ended.size() - now.size(), now.size()};
}

}  // namespace pipectl
