#include "orchestrator/run/blocked_writers.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/proc_look.hpp"
#include "orchestrator/run/call_kind.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kMostWriterThreads = 64;
/// A writer that was woken may wait for a processor for so long on a busy machine.
constexpr int kMostLooks = 80;
constexpr std::chrono::microseconds kPause{500};

/// The descriptor that a system call writes to; -1: none.
int written_to(const WaitingCall& call) {
    switch (kind_of_call(call.number)) {
        case CallKind::writes:
        case CallKind::sends: return static_cast<int>(call.arguments[0]);
        case CallKind::moves: return static_cast<int>(call.arguments[2]);
        default: return -1;
    }
}

bool sleeps_in_write(pid_t pid, const OpenFile& socket) {
    return std::ranges::any_of(threads_of(pid, kMostWriterThreads), [&](pid_t thread) {
        const auto call = waiting_call(pid, thread);
        const int number = call ? written_to(*call) : -1;
        struct stat status {};
        const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
        return number >= 0 && ::stat(path.c_str(), &status) == 0 &&
               OpenFile{status.st_dev, status.st_ino} == socket;
    });
}

}  // namespace

void warn_blocked_writers(const OpenFile& socket, const std::function<bool()>& is_full) {
    std::set<pid_t> warned;
    for (int look = 0; look < kMostLooks && is_full(); ++look) {
        std::set<pid_t> blocked;
        for (const pid_t pid : holders_of(socket, true, ::getpid())) {
            if (!warned.contains(pid) && sleeps_in_write(pid, socket)) blocked.insert(pid);
        }
        signal_descendants(::getpid(), SIGPIPE, [&](pid_t pid) { return blocked.contains(pid); });
        warned.insert(blocked.begin(), blocked.end());
        if (blocked.empty() && !warned.empty()) {
            return;
        }
        // Who was told needs a moment to end; who was not asleep yet, to fill what is left.
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace pipectl
