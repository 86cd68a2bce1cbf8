#pragma once

// Points in time at which something is to be done, on one clock that can be stopped.
//
// The clock stands still while the run is stopped (Ctrl-Z): a run that was put aside for an hour
// has not used up its timeouts. Pure: the caller says what time it is and asks what is due.

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace pipectl {

class Deadlines {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    /// `action` is called by `run_due` once, when `now` has reached `when`.
    void add(Time when, std::function<void()> action);

    /// From now on nothing falls due, until `resume` moves all deadlines by the time in between.
    void stop(Time now);
    void resume(Time now);

    /// The earliest deadline; nothing when there is none or the clock stands still.
    [[nodiscard]] std::optional<Time> next() const;

    /// Calls and forgets what is due. Actions may add deadlines.
    void run_due(Time now);

  private:
    struct Entry {
        Time when;
        std::function<void()> action;
    };
    std::vector<Entry> entries_;
    std::optional<Time> stopped_;
};

}  // namespace pipectl
