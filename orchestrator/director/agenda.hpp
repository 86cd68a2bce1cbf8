#pragma once

// What is to be done at which time. Pure: the caller says what time it is and takes what is due.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/director/occurrence.hpp"

namespace pipectl {

/// Entries of type `Due`, each with its time.
template <class Due>
class Agenda {
  public:
    void add(RunTime when, Due what) { entries_.push_back({when, std::move(what)}); }

    [[nodiscard]] std::optional<RunTime> next() const {
        const auto first = std::ranges::min_element(entries_, {}, &Entry::when);
        return first == entries_.end() ? std::nullopt : std::optional(first->when);
    }

    /// Takes the earliest entry that `now` has reached.
    std::optional<Due> take_due(RunTime now) {
        const auto first = std::ranges::min_element(entries_, {}, &Entry::when);
        if (first == entries_.end() || first->when > now) return std::nullopt;
        Due what = std::move(first->what);
        entries_.erase(first);
        return what;
    }

  private:
    struct Entry {
        RunTime when;
        Due what;
    };
    std::vector<Entry> entries_;
};

}  // namespace pipectl
