#pragma once

// When the supervisor looks at its processes again, and which looks are kept. Pure.
//
// Often at first and more seldom the longer a run lasts; never so often that the looks take a
// noticeable part of a processor; and not at all for seconds when nothing moves, so that a run that
// only waits costs nothing.

#include <chrono>

namespace pipectl {

class LookSchedule {
  public:
    using Duration = std::chrono::steady_clock::duration;

    /// `live`: somebody is watching, so a pause is never long.
    explicit LookSchedule(bool live) : live_(live) {}

    /// How long to wait after a look that was made `since` the run's beginning and took `cost`
    /// of a processor.
    /// `quiet`: nothing has moved since the look before.
    Duration pause_after(Duration since, Duration cost, bool quiet);

    /// Something has happened: the next quiet look is the first one again.
    void stir() { quiet_looks_ = 0; }

    /// True for looks that are worth keeping for a timeline: some 200 evenly for a short run, fewer
    /// the longer it lasts.
    bool keeps(Duration since);

  private:
    bool live_;
    int quiet_looks_ = 0;
    Duration kept_{-1};
};

}  // namespace pipectl
