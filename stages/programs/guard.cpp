// guard: waits until every process of pipectl that watches over a run is gone, then ends the run's
// processes.
//
// The last line of defence: whoever kills front and supervisor in the same instant leaves orphans
// that nobody above adopts. The guard holds the reading end of a pipe whose writing end only those
// two have, and a handle of each (descriptors 3 and 4): a supervisor that goes on without its front
// for two seconds, because it was stopped or hangs in a system call, is killed. At the pipe's end
// of file the guard kills the run's control group, where there is one, else those that the
// supervisor has listed and what is below them. It looks for the run's id in the environments of
// all processes, which crosses setsid(2) and double forks, and kills until none is found, and
// removes what the run has left in the kernel. See cgroups(7) and proc_pid_environ(5).

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <sstream>

#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/signals.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/objects/run_remains.hpp"

namespace pipectl::helper {

namespace {

/// A process can hide between two looks by forking; after this many clean ones nothing is left.
constexpr int kCleanLooks = 3;
constexpr int kMostLooks = 400;
constexpr int kMostOfGroup = 20000;  // a hundred seconds
constexpr int kMostOfFolder = 2000;  // ten
constexpr timespec kPause{0, 5'000'000};

bool belongs(pid_t pid, std::string_view assignment) {
    const std::string environment = read_small_file("/proc/" + std::to_string(pid) + "/environ");
    std::string_view rest = environment;
    while (!rest.empty()) {
        const std::string_view entry = rest.substr(0, rest.find('\0'));
        if (entry == assignment) return true;
        rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    }
    return false;
}

/// Writes one byte to a file of the kernel's.
void put(const std::string& path, char byte) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file) (void)!::write(file.get(), &byte, 1);
}

/// Returns how many were killed in one look.
int kill_all(std::string_view assignment) {
    int killed = 0;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
    while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
        pid_t pid = 0;
        const char* const end = entry->d_name + std::strlen(entry->d_name);
        const auto number = std::from_chars(entry->d_name, end, pid);
        if (number.ec != std::errc() || number.ptr != end || pid == ::getpid()) continue;
        // The handle first: what is read after it is of this process or of none.
        const Fd handle = open_pidfd(pid);
        if (handle && belongs(pid, assignment) && signal_process(handle.get(), SIGKILL)) {
            ++killed;
        }
    }
    return killed;
}

/// Clock ticks since boot; 0 when there is no such process.
unsigned long long start_time_of(pid_t pid) {
    const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/stat");
    // the name, in parentheses, may hold anything; then the state is field 3
    std::size_t at = text.rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) {
        at = text.find(' ', at + 1);
    }
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at, nullptr, 10);
}

/// A process and what is below it, from below: none gets a new parent before it is seen.
void kill_below(pid_t pid, int depth) {
    constexpr int kDeepest = 100;
    const std::string proc = "/proc/" + std::to_string(pid);
    std::istringstream children(
        read_small_file(proc + "/task/" + std::to_string(pid) + "/children"));
    const Fd handle = open_pidfd(pid);
    for (pid_t child = 0; handle && depth < kDeepest && children >> child;) {
        kill_below(child, depth + 1);
    }
    if (handle) signal_process(handle.get(), SIGKILL);
}

/// Those that are in the run's list of processes, and are still the same.
void kill_listed(const std::string& folder) {
    std::istringstream list(read_small_file(folder + "/" + channel::kProcessList));
    unsigned long long start = 0;
    for (pid_t pid = 0; list >> pid >> start;) {
        if (start != 0 && start_time_of(pid) == start) kill_below(pid, 0);
    }
}

constexpr int kFront = 3;
constexpr int kSupervisor = 4;
/// For what the supervisor does by itself when the front was killed.
constexpr int kGuardPatienceMs = 2000;

/// True when both have ended; false when the front has (without a limit), or the time is over.
bool lifeline_ends(int limit_ms) {
    pollfd watched[2] = {{STDIN_FILENO, POLLIN, 0}, {limit_ms < 0 ? kFront : -1, POLLIN, 0}};
    for (;;) {
        const int ready = ::poll(watched, 2, limit_ms);
        if (ready == 0 || (ready < 0 && errno != EINTR)) return false;
        if (ready > 0) return watched[0].revents != 0;
    }
}

void wait_for_both() {
    if (lifeline_ends(-1)) return;
    signal_process(kSupervisor, SIGCONT);
    if (lifeline_ends(kGuardPatienceMs)) return;
    signal_process(kSupervisor, SIGKILL);
    lifeline_ends(kGuardPatienceMs);
}

/// Who was killed lets go of the folder as it closes its descriptors, one after the other: the end
/// of the lifeline may be seen a while before that, on a busy machine.
void remove_folder(const std::string& folder) {
    for (int look = 0; look < kMostOfFolder; ++look) {
        channel::Remains remains(folder);
        if (remains.remove() || remains.state() != channel::Remains::State::owned) return;
        ::nanosleep(&kPause, nullptr);
    }
}

}  // namespace

int guard(const Arguments& arguments) {
    if (arguments.size() < 2 || arguments.size() > 3) {
        throw UsageError{"a run id, its folder, and that of its control group if it has one"};
    }
    const std::string assignment = "PIPECTL_RUN=" + std::string(arguments[0]);
    const std::string folder(arguments[1]);
    const std::string group = arguments.size() == 3 ? std::string(arguments[2]) : std::string();
    // Out of the reach of what ends a process group, a terminal's jobs, or all that is named
    // pipectl.
    ::setsid();
    ::prctl(PR_SET_NAME, "run-guard");
    for (const int number : kEndingSignals) {
        ::signal(number, SIG_IGN);
    }
    wait_for_both();
    if (!group.empty()) put(group + "/cgroup.kill", '1');
    kill_listed(folder);
    for (int look = 0, clean = 0; look < kMostLooks && clean < kCleanLooks; ++look) {
        clean = kill_all(assignment) > 0 ? 0 : clean + 1;
        ::nanosleep(&kPause, nullptr);
    }
    remove_folder(folder);
    // a killed process of a busy machine takes its time to leave the group, and this one has time
    for (int look = 0; !group.empty() && ::rmdir(group.c_str()) != 0; ++look) {
        if (errno != EBUSY || look == kMostOfGroup) break;
        ::nanosleep(&kPause, nullptr);
    }
    return 0;
}

}  // namespace pipectl::helper
