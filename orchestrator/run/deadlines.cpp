#include "orchestrator/run/deadlines.hpp"

#include <algorithm>
#include <utility>

namespace pipectl {

void Deadlines::add(Time when, std::function<void()> action) {
    entries_.push_back({when, std::move(action)});
}

void Deadlines::stop(Time now) {
    if (!stopped_) {
        stopped_ = now;
    }
}

void Deadlines::resume(Time now) {
    if (!stopped_) {
        return;
    }
    const Duration pause = now - *stopped_;
    stopped_.reset();
    for (Entry& entry : entries_) {
        entry.when += pause;
    }
}

std::optional<Deadlines::Time> Deadlines::next() const {
    if (stopped_ || entries_.empty()) {
        return std::nullopt;
    }
    return std::ranges::min_element(entries_, {}, &Entry::when)->when;
}

void Deadlines::run_due(Time now) {
    if (stopped_) {
        return;
    }
    std::vector<Entry> due;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->when <= now) {
            due.push_back(std::move(*entry));
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
    std::ranges::stable_sort(due, {}, &Entry::when);
    for (const Entry& entry : due) {
        entry.action();
    }
}

}  // namespace pipectl
