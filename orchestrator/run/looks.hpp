#pragma once

// Looks at the processes of a run while it goes on: for its accounts, for progress, for a status
// that was asked for, and for what the director has to know (nothing moves, an end is held back).
//
// Owns the meter and says when the next look is due. Looking changes nothing.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/director/world.hpp"
#include "orchestrator/meter/look_schedule.hpp"
#include "orchestrator/meter/meter.hpp"
#include "orchestrator/run/input_progress.hpp"
#include "orchestrator/run/run.hpp"

namespace pipectl {

class Looks {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// All must outlive this. `began` is when the run began.
    Looks(const Plan& plan, const Preflight& preflight, const LinkSet& links,
          const RunObserver& observer, const Facts& facts, Time began);

    /// Of which processes it keeps accounts.
    Meter& meter() { return meter_; }
    [[nodiscard]] const Meter& meter() const { return meter_; }

    /// When the next look is due; nothing: none was made yet, or the run is about to end.
    [[nodiscard]] std::optional<RunTime> due() const { return due_; }
    /// Looks. `now` is the run's time.
    occurrence::Looked look(RunTime now);
    /// An end may have set something moving: worth a look before a long pause is over.
    void soon(RunTime now);
    /// No more looks.
    void end() { due_.reset(); }

    /// The record so far, with what is seen at this moment.
    std::string record_so_far();
    /// The accounts of all that was started, when the run has ended.
    [[nodiscard]] std::vector<Event> accounts(double time_s) const;

  private:
    std::vector<int> find_held_ends(Sampled& seen, Time now);

    const Plan& plan_;
    const RunObserver& observer_;
    const Facts& facts_;
    Time began_;
    InputProgress inputs_;
    Meter meter_;
    LookSchedule schedule_;
    std::optional<RunTime> due_;
    Time held_ends_looked_at_{};
    std::vector<bool> holds_end_back_;
};

}  // namespace pipectl
