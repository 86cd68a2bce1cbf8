#include "orchestrator/process/descendants.hpp"

#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl {

namespace {

struct Descendant {
    pid_t pid = 0;
    ProcessStat stat;
};

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
    if (!proc) {
        throw SystemError("cannot list '/proc'", errno);
    }
    while (const dirent* entry = ::readdir(proc.get())) {
        pid_t pid = 0;
        const char* const end = entry->d_name + std::strlen(entry->d_name);
        const auto result = std::from_chars(entry->d_name, end, pid);
        if (result.ec == std::errc() && result.ptr == end) {
            pids.push_back(pid);
        }
    }
    return pids;
}

/// The living descendants of `root` with what was read of them. Zombies are passed through: a
/// zombie's children hang on it until its last thread has left.
std::vector<Descendant> walk(pid_t root) {
    std::multimap<pid_t, Descendant> by_parent;
    for (const pid_t pid : all_pids()) {
        Descendant one{pid, {}};
        if (read_process_stat(pid, one.stat)) {
            by_parent.emplace(one.stat.parent, one);
        }
    }
    std::vector<Descendant> found;
    std::vector<pid_t> parents = {root};
    while (!parents.empty()) {
        const pid_t parent = parents.back();
        parents.pop_back();
        const auto [first, last] = by_parent.equal_range(parent);
        for (auto child = first; child != last; ++child) {
            parents.push_back(child->second.pid);
            found.push_back(std::move(child->second));
        }
        by_parent.erase(first, last);
    }
    std::erase_if(found, [](const Descendant& one) {
        return one.stat.state == 'X' || (one.stat.state == 'Z' && one.stat.threads <= 1);
    });
    return found;
}

/// Reads the chain of parents from `pid` up again. `expected` is the process that was meant.
bool still_descends(const Descendant& expected, pid_t root) {
    ProcessStat stat;
    if (!read_process_stat(expected.pid, stat) || stat.start_time != expected.stat.start_time) {
        return false;
    }
    while (stat.parent != root) {
        if (stat.parent <= 1 || !read_process_stat(stat.parent, stat)) {
            return false;
        }
    }
    return true;
}

std::vector<Fd> signal_all(pid_t root, int signal, const std::function<bool(pid_t)>& wanted) {
    return visit_descendants(
        root, wanted, [signal](pid_t, int handle) { return signal_process(handle, signal); });
}

/// Waits for all children that have ended. True when no child is left at all, which proves more
/// than a walk can: every descendant's line of parents leads to a child of the reaper of orphans.
bool reap_all(const std::function<void(pid_t, int)>& reaped) {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid > 0 && reaped) {
            reaped(pid, status);
        } else if (pid == 0 || (pid < 0 && errno != EINTR)) {
            return pid < 0;
        }
    }
}

/// The children of this process, from one small file: much faster than a walk. Empty where the
/// kernel does not offer it; proc_tid_children(5).
std::vector<pid_t> own_children() {
    const std::string self = std::to_string(::getpid());
    const std::string content = read_small_file("/proc/" + self + "/task/" + self + "/children");
    std::vector<pid_t> pids;
    const char* at = content.data();
    const char* const end = at + content.size();
    for (pid_t pid = 0; at < end; ++at) {
        const auto result = std::from_chars(at, end, pid);
        if (result.ec == std::errc()) {
            pids.push_back(pid);
            at = result.ptr;
        }
    }
    return pids;
}

/// SIGKILLs the children that are wanted, and those that come to this process because of it. A
/// walk is too slow for processes that hand on to a child and end: they live for less than a
/// millisecond. Here it takes microseconds from seeing one to killing it.
void kill_children(const std::function<bool(pid_t)>& wanted) {
    constexpr int kPasses = 50;
    for (int pass = 0; pass < kPasses; ++pass) {
        bool found = false;
        for (const pid_t pid : own_children()) {
            siginfo_t info{};
            // while it is our child and not waited for, its pid cannot become another's
            const bool ours =
                ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
            if (ours && info.si_pid == 0 && wanted(pid)) {
                found = ::kill(pid, SIGKILL) == 0 || found;
            }
        }
        if (!found) {
            return;
        }
    }
}

/// Waits until one of the processes has ended, at most `limit_ms`.
void wait_for_an_end(const std::vector<Fd>& handles, int limit_ms) {
    std::vector<pollfd> waiting;
    waiting.reserve(handles.size());
    for (const Fd& handle : handles) {
        waiting.push_back({handle.get(), POLLIN, 0});
    }
    ::poll(waiting.data(), waiting.size(), limit_ms);
}

}  // namespace

void become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) != 0) {
        throw SystemError("cannot become the reaper of orphans", errno);
    }
}

std::vector<pid_t> descendants_of(pid_t root) {
    std::vector<pid_t> pids;
    for (const Descendant& one : walk(root)) {
        pids.push_back(one.pid);
    }
    return pids;
}

std::vector<Fd> visit_descendants(pid_t root, const std::function<bool(pid_t)>& wanted,
                                  const std::function<bool(pid_t, int)>& action) {
    std::vector<Fd> visited;
    for (const Descendant& one : walk(root)) {
        if (!wanted(one.pid)) {
            continue;
        }
        Fd handle = open_pidfd(one.pid);
        // checked after the handle is held: from here on it means this process and no other
        if (handle && still_descends(one, root) && action(one.pid, handle.get())) {
            visited.push_back(std::move(handle));
        }
    }
    return visited;
}

int signal_descendants(pid_t root, int signal, const std::function<bool(pid_t)>& wanted) {
    return static_cast<int>(signal_all(root, signal, wanted).size());
}

int kill_descendants(const std::function<bool(pid_t)>& wanted, int limit_ms,
                     const std::function<void(pid_t, int)>& reaped) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(limit_ms);
    const pid_t self = ::getpid();
    // One walk that finds nothing is no proof when some are not wanted: a process may fork behind
    // the walk's back and end before it comes by.
    constexpr int kProof = 3;
    for (int empty_walks = 0;;) {
        kill_children(wanted);
        const std::vector<Fd> killed = signal_all(self, SIGKILL, wanted);
        if (reap_all(reaped)) {
            return 0;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        empty_walks = killed.empty() ? empty_walks + 1 : 0;
        if (empty_walks >= kProof || left.count() <= 0) {
            const std::vector<pid_t> rest = descendants_of(self);
            const auto count = std::count_if(rest.begin(), rest.end(), wanted);
            if (count == 0 || left.count() <= 0) {
                reap_all(reaped);
                return static_cast<int>(count);
            }
            empty_walks = 0;
        }
        wait_for_an_end(killed,
                        static_cast<int>(std::min<long>(left.count(), killed.empty() ? 1 : 5)));
    }
}

}  // namespace pipectl
