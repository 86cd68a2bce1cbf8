#pragma once

// The clock of a run: it begins with the run and stands still while the run is stopped (Ctrl-Z), so
// that a run that was put aside for an hour has not used up its timeouts.

#include <chrono>
#include <optional>

#include "orchestrator/director/occurrence.hpp"

namespace pipectl {

class RunClock {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit RunClock(Time began) : began_(began) {}

    [[nodiscard]] Time began() const { return began_; }
    [[nodiscard]] bool stopped() const { return stopped_.has_value(); }
    [[nodiscard]] RunTime at(Time now) const { return stopped_.value_or(now) - began_ - pauses_; }
    /// When the clock will show `time`, should it not be stopped; nothing while it is.
    [[nodiscard]] std::optional<Time> when(RunTime time) const {
        return stopped_ ? std::nullopt : std::optional(began_ + pauses_ + time);
    }

    void stop(Time now) { stopped_ = stopped_.value_or(now); }
    void resume(Time now) {
        pauses_ += now - stopped_.value_or(now);
        stopped_.reset();
    }

  private:
    Time began_;
    RunTime pauses_{};
    std::optional<Time> stopped_;
};

}  // namespace pipectl
