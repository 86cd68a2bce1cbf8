#include "orchestrator/run/first_bytes.hpp"

#include <algorithm>

namespace pipectl {

namespace {

using namespace std::chrono_literals;

constexpr RunTime kBetweenLooks = 20ms;
constexpr int kDeepest = 8;

/// Of a living child that nobody has waited for yet, or one of its own.
bool child_has_written(pid_t pid, int depth) {
    for (const pid_t child : children_of(pid)) {
        const auto count = read_io_count(open_io_count(child).get());
        if ((count && count->written > 0) ||
            (depth < kDeepest && child_has_written(child, depth + 1))) {
            return true;
        }
    }
    return false;
}

}  // namespace

FirstBytes::FirstBytes(const Plan& plan, const LinkSet& links) : plan_(plan), links_(links) {
    for (const Process& process : plan.processes) {
        for (const NoticeOf& notice : process.notices) {
            const auto same = [&](const Watched& one) { return one.process == notice.process; };
            if (notice.first_byte && std::ranges::none_of(watched_, same)) {
                watched_.push_back({notice.process, -1, {}});
            }
        }
    }
}

void FirstBytes::started(int process, pid_t pid) {
    for (Watched& one : watched_) {
        if (one.process != process) continue;
        one.pid = pid;
        one.io = open_io_count(pid);
    }
}

std::optional<RunTime> FirstBytes::due() const {
    return watched_.empty() ? std::nullopt : std::optional(next_);
}

bool FirstBytes::has_written(const Watched& one) const {
    const auto count = read_io_count(one.io.get());
    if (count && count->written > 0) return true;
    for (const Descriptor& descriptor : plan_.processes[one.process].descriptors) {
        // a native stage writes in place, which no call counts; who takes it does
        if (descriptor.what == Descriptor::What::link_writer &&
            links_.helper_counts().over(descriptor.index).value_or(0) > 0) {
            return true;
        }
    }
    return child_has_written(one.pid, 0);
}

std::vector<int> FirstBytes::look(RunTime now) {
    std::vector<int> begun;
    if (watched_.empty() || now < next_) return begun;
    next_ = now + kBetweenLooks;
    std::erase_if(watched_, [&](const Watched& one) {
        const bool written = one.pid > 0 && has_written(one);
        if (written) begun.push_back(one.process);
        return written;
    });
    return begun;
}

bool FirstBytes::ended(int process) {
    bool written = false;
    std::erase_if(watched_, [&](const Watched& one) {
        if (one.process != process) return false;
        written = has_written(one);
        return true;
    });
    return written;
}

}  // namespace pipectl
