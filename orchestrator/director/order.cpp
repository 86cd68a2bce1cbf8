#include "orchestrator/director/order.hpp"

#include <algorithm>
#include <utility>

namespace pipectl {

Order::Order(Roster& roster)
    : roster_(roster), any_(std::ranges::any_of(roster.plan.processes, [](const Process& each) {
          return !each.after.empty();
      })) {}

bool Order::may_start(int process) const {
    const Roster::Entry& entry = roster_.of(process);
    return entry.state == Roster::State::waiting && entry.awaited == 0 && !entry.called &&
           !roster_.is_far(process);
}

bool Order::has_waiting() const {
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        const bool waits = roster_.entries[i].state == Roster::State::waiting;
        if (waits && !roster_.is_far(static_cast<int>(i))) return true;
    }
    return false;
}

void Order::ended(int process) {
    Roster::Entry& entry = roster_.of(process);
    if (std::exchange(entry.has_ended, true)) {
        return;
    }
    for (const Predecessor& follower : entry.followers) {
        if (follower.ended) wait_less(follower.process);
    }
}

void Order::judged(int process) {
    const Verdict verdict = roster_.of(process).verdict;
    if (verdict == Verdict::not_started) {
        ended(process);
    }
    for (const Predecessor& follower : roster_.of(process).followers) {
        if (follower.ended) continue;
        Roster::Entry& entry = roster_.of(follower.process);
        entry.hopeless = entry.hopeless || !is_well(verdict);
        wait_less(follower.process);
    }
}

void Order::wait_less(int process) {
    --roster_.of(process).awaited;
    if (may_start(process)) {
        free_.push_back(process);
    }
}

std::vector<int> Order::take_free() {
    return std::exchange(free_, {});
}

std::vector<int> Order::free() const {
    std::vector<int> all;
    for (std::size_t i = 0; i < roster_.entries.size(); ++i) {
        if (may_start(static_cast<int>(i))) all.push_back(static_cast<int>(i));
    }
    return all;
}

bool Order::comes_late(int process) const {
    const auto& after = roster_.process(process).after;
    return !roster_.of(process).hopeless &&
           std::ranges::any_of(after, [this](const Predecessor& before) {
               return before.ended || roster_.of(before.process).starts_late;
           });
}

int Order::cause_of(int process) const {
    while (roster_.of(process).verdict == Verdict::not_started) {
        const auto& after = roster_.process(process).after;
        const auto cause = std::ranges::find_if(after, [this](const Predecessor& before) {
            return !before.ended && !is_well(roster_.of(before.process).verdict);
        });
        if (cause == after.end()) {
            break;
        }
        process = cause->process;
    }
    return process;
}

}  // namespace pipectl
