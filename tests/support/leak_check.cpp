#include "tests/support/leak_check.hpp"

#include <dirent.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/spawn.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/own_world.hpp"
#include "tests/support/wait.hpp"

namespace pipectl::test {

namespace {

constexpr const char* kMarkerName = "PIPECTL_TEST_MARKER";

/// "7 -> pipe:[123]" for each open descriptor of this process.
std::set<std::string> open_descriptors() {
    std::set<std::string> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
        char target[4096];
        const std::string number = entry->d_name;
        const ssize_t length =
            ::readlink(("/proc/self/fd/" + number).c_str(), target, sizeof target);
        if (length >= 0 && number != std::to_string(::dirfd(folder.get()))) {
            std::string line = "descriptor ";
            line.append(number).append(" -> ").append(target, static_cast<std::size_t>(length));
            found.insert(line);
        }
    }
    return found;
}

void add_entries(std::set<std::string>& found, const std::string& folder,
                 const std::string& prefix) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with(prefix)) {
            found.insert(entry.path().string());
        }
    }
}

/// The first columns of each table of System V objects are key, id and permissions;
/// proc_sysvipc(5). Where the machine's objects are in sight too, those that have a key or are open
/// to others are not of a run's making.
void add_system_v(std::set<std::string>& found, const std::string& kind, bool own_world) {
    std::istringstream table(read_small_file("/proc/sysvipc/" + kind));
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
        std::istringstream columns(line);
        std::string key;
        std::string id;
        std::string mode;
        columns >> key >> id >> mode;
        if (own_world || (key == "0" && mode.ends_with("600"))) {
            found.insert(std::string("System V ").append(kind).append(" ").append(id));
        }
    }
}

std::set<std::string> kernel_objects(const std::string& runtime_folder) {
    static const bool own_world = enter_own_world();
    std::set<std::string> found;
    add_entries(found, "/dev/shm", own_world ? "" : "pipectl.");
    add_entries(found, "/dev/mqueue", own_world ? "" : "pipectl.");
    add_entries(found, "/tmp", "pipectl.");
    add_entries(found, Cgroup::own_folder(), "pipectl.");
    add_entries(found, runtime_folder, "");
    add_system_v(found, "msg", own_world);
    add_system_v(found, "sem", own_world);
    add_system_v(found, "shm", own_world);
    return found;
}

std::string name_process(pid_t pid) {
    std::string command = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
    for (char& byte : command) {
        byte = byte == '\0' ? ' ' : byte;
    }
    return "process " + std::to_string(pid) + " in state " + state_of(pid) + ": " + command;
}

void add_new(std::vector<std::string>& leaks, const std::set<std::string>& before,
             const std::set<std::string>& after) {
    for (const std::string& one : after) {
        if (!before.contains(one)) {
            leaks.push_back(one);
        }
    }
}

/// The ids of runs that others have started on this machine and that still live: their processes
/// carry the id, and not the marker.
std::set<std::string> runs_of_others(const std::string& marker) {
    std::set<std::string> runs;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            const auto pid = static_cast<pid_t>(std::stol(name));
            const std::string run = environment_of(pid, "PIPECTL_RUN");
            if (!run.empty() && environment_of(pid, kMarkerName) != marker) {
                runs.insert(run);
            }
        }
    }
    return runs;
}

void remove_those_of_others(std::vector<std::string>& objects, const std::string& marker) {
    if (objects.empty()) {
        return;
    }
    const std::set<std::string> runs = runs_of_others(marker);
    const auto is_theirs = [&](const std::string& object) {
        return std::any_of(runs.begin(), runs.end(), [&](const std::string& run) {
            return object.find("pipectl." + run) != std::string::npos;
        });
    };
    objects.erase(std::remove_if(objects.begin(), objects.end(), is_theirs), objects.end());
}

/// The launcher keeps an event queue and a stack from its first use on: that is no leak.
void warm_up() {
    SpawnRequest request;
    request.program = "/nonexistent";
    request.argv = {"nonexistent"};
    (void)spawn(request);
}

void restore(const char* name, const std::string& value) {
    if (value.empty()) {
        ::unsetenv(name);
    } else {
        ::setenv(name, value.c_str(), 1);
    }
}

/// Waits for orphans that this process has adopted. A direct child of the test that nobody has
/// waited for has been reported before.
void reap_all() {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

/// Kills the process if it carries the marker still: its pid may have become another's.
void kill_marked(pid_t pid, const std::string& marker) {
    const Fd handle = open_pidfd(pid);
    if (handle && environment_of(pid, kMarkerName) == marker) {
        signal_process(handle.get(), SIGKILL);
        pollfd waiting{handle.get(), POLLIN, 0};
        ::poll(&waiting, 1, 2000);
    }
}

}  // namespace

std::vector<pid_t> survivors(const std::string& marker) {
    std::vector<pid_t> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto pid = static_cast<pid_t>(std::stol(name));
        if (pid != ::getpid() && environment_of(pid, kMarkerName) == marker && is_alive(pid)) {
            found.push_back(pid);
        }
    }
    return found;
}

LeakCheck::LeakCheck() {
    enter_own_world();
    static int tests = 0;
    marker_ = std::to_string(::getpid()) + "-" + std::to_string(++tests) + "-" +
              std::to_string(static_cast<long long>(now() * 1e6));
    ::setenv(kMarkerName, marker_.c_str(), 1);
    std::string folder = "/tmp/test-runtime-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        throw SystemError("cannot create folder '" + folder + "'", errno);
    }
    runtime_folder_ = folder;
    const char* const before = ::getenv("XDG_RUNTIME_DIR");
    runtime_before_ = before != nullptr ? before : "";
    ::setenv("XDG_RUNTIME_DIR", runtime_folder_.c_str(), 1);
    become_subreaper();
    warm_up();
    descriptors_ = open_descriptors();
    objects_ = kernel_objects(runtime_folder_);
}

std::vector<std::string> LeakCheck::leaks() const {
    std::vector<std::string> found;
    add_new(found, objects_, kernel_objects(runtime_folder_));
    remove_those_of_others(found, marker_);
    add_new(found, descriptors_, open_descriptors());
    for (const pid_t pid : survivors(marker_)) {
        found.push_back(name_process(pid));
    }
    return found;
}

LeakCheck::~LeakCheck() {
    // orphans that end are left to this process as zombies: nobody else would wait for them
    std::vector<std::string> found;
    wait_until(
        [&] {
            reap_all();
            return (found = leaks()).empty();
        },
        2s);
    for (const pid_t pid : survivors(marker_)) {
        kill_marked(pid, marker_);
    }
    reap_all();
    restore("XDG_RUNTIME_DIR", runtime_before_);
    ::unsetenv(kMarkerName);
    std::error_code ignored;
    std::filesystem::remove_all(runtime_folder_, ignored);
    std::string list;
    for (const std::string& leak : found) {
        list += "\n  " + leak;
    }
    if (!found.empty()) {
        FAIL_CHECK("left behind by this test:" << list);
    }
}

}  // namespace pipectl::test
