#include "orchestrator/meter/blocked_writers.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "orchestrator/meter/call_kind.hpp"
#include "orchestrator/process/descendants.hpp"
#include "orchestrator/process/proc_look.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kMostWriterThreads = 64;
constexpr std::chrono::microseconds kPause{500};
/// For a writer that fills what is left before it sleeps.
constexpr int kUsualLooks = 80;
/// For one that was woken and waits for a processor: a busy machine may take its time.
constexpr int kMostLooks = 2000;

/// The descriptor that a system call writes to; -1: none.
int written_to(const WaitingCall& call) {
    switch (kind_of_call(call.number)) {
        case CallKind::writes:
        case CallKind::sends: return static_cast<int>(call.arguments[0]);
        case CallKind::moves: return static_cast<int>(call.arguments[2]);
        default: return -1;
    }
}

/// What the threads of the processes that hold a socket are at.
class Writers {
  public:
    explicit Writers(const OpenFile& socket) : socket_(socket) {}

    /// Who sleeps in a write to the socket now.
    std::set<pid_t> look() {
        std::set<pid_t> asleep;
        unsure_ = false;
        for (const pid_t pid : holders_of(socket_, true, ::getpid())) {
            for (const pid_t thread : threads_of(pid, kMostWriterThreads)) {
                if (const auto call = waiting_call(pid, thread)) {
                    if (writes_to_socket(pid, *call)) asleep.insert(pid);
                } else {
                    unsure_ = !has_run(pid, thread) || unsure_;
                }
            }
        }
        return asleep;
    }

    /// Some thread has not run since the first look: woken inside a write, it may still be there.
    [[nodiscard]] bool unsure() const { return unsure_; }

  private:
    [[nodiscard]] bool writes_to_socket(pid_t pid, const WaitingCall& call) const {
        const int number = written_to(call);
        struct stat status {};
        const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
        return number >= 0 && ::stat(path.c_str(), &status) == 0 &&
               OpenFile{status.st_dev, status.st_ino} == socket_;
    }

    bool has_run(pid_t pid, pid_t thread) {
        const std::optional<std::int64_t> now = time_on_processor(pid, thread);
        return !now || *now != first_seen_.emplace(thread, *now).first->second;
    }

    OpenFile socket_;
    std::map<pid_t, std::int64_t> first_seen_;  ///< time on a processor, by thread
    bool unsure_ = false;
};

}  // namespace

void warn_blocked_writers(const OpenFile& socket, const std::function<bool()>& is_full) {
    Writers writers(socket);
    std::set<pid_t> warned;
    for (int look = 0; look < kMostLooks; ++look) {
        std::set<pid_t> blocked = writers.look();
        std::erase_if(blocked, [&](pid_t pid) { return warned.contains(pid); });
        signal_descendants(::getpid(), SIGPIPE, [&](pid_t pid) { return blocked.contains(pid); });
        warned.insert(blocked.begin(), blocked.end());
        const bool fills = warned.empty() && look < kUsualLooks && is_full();
        if (blocked.empty() && !writers.unsure() && !fills) {
            return;
        }
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace pipectl
