#pragma once

// What a run tells while it goes on and at its end: the story and the table on stderr, the record
// and the events in files.
//
// Lives in the supervisor once the run has begun, in the caller when it was refused; none of its
// callbacks throws.

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/progress.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/thinned.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/report/event_line.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/run/run.hpp"

namespace pipectl {

class RunReport {
  public:
    /// Opens the file of events and those of the record. Throws ReportError.
    RunReport(const RunOptions& options, const Loaded& loaded);

    /// For run_plan; this must outlive it.
    [[nodiscard]] RunObserver observer();

    /// Writes the events and the record of a run that was refused before its start. Why has been
    /// shown already, with its place.
    void refused(const std::vector<Event>& events) noexcept;

  private:
    using Clock = std::chrono::steady_clock;

    void take(const Event& event) noexcept;
    void keep(const Event& event);
    void look(double time_s, const Sampled& seen) noexcept;
    void notice(double time_s, const Sampled& seen);
    void stop() noexcept;
    [[nodiscard]] Summary summary_so_far() const;
    void show_status() noexcept;
    void tell_held_back(int process);
    [[nodiscard]] std::string record_so_far(double now_s, const Sampled& seen);
    void finish();
    /// Of a run that went well: 0, and in a shell the last stage's status, which may be a good one.
    [[nodiscard]] int status_in_shell() const;
    bool write_record() noexcept;
    bool finish_recording() noexcept;

    const RunOptions& options_;
    Teller teller_;
    ReportFile json_;
    ReportFile html_;
    ReportFile joblog_;
    ReportFile trace_;
    Fd recording_;
    std::optional<Summary> summary_;  ///< once the run has ended
    EventLines lines_;
    std::vector<Event> events_;  ///< but for what was seen at moments
    Thinned<Event> moments_;
    Thinned<Moment> traced_;  ///< every look, for a trace
    Progress progress_;
    /// For rates: looks half a second apart, the oldest of which is two seconds old, or the first.
    std::deque<Moment> recent_;
    std::optional<Moment> last_look_;
    Clock::time_point looked_at_;      ///< the last look, or the run's beginning
    std::optional<double> stopped_s_;  ///< see Summary
};

}  // namespace pipectl
