#pragma once

// What is told of the items of a [for-each] together: the live block while they run, events as they
// come, record, page, job log, trace, and a line on stderr at the end.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/live_display.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/files/report_file.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/report/trace.hpp"
#include "orchestrator/run/teller.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

/// What an item has to say on its way through here.
struct ItemVoice {
    Fd events;         ///< to be read; empty: nobody wants them
    Fd words;          ///< its stderr, where a block is drawn on the terminal; else empty
    std::string line;  ///< of an event, so far
};

class ItemsReport {
  public:
    /// Opens what is written later. `direct`: stages have pipectl's stdout. Throws ReportError.
    ItemsReport(const RunOptions& options, const Loaded& loaded, bool direct, Summary& summary);

    /// Before an item is forked: its ends of the pipes are put into its options, and are to be
    /// closed here when it has been. `stderr_end` stays empty where it has ours.
    ItemVoice make_voice(RunOptions& of_item, Fd& events_end, Fd& stderr_end) const;

    void started(std::size_t item);
    /// Reads what there is of it, without waiting.
    void listen(std::size_t item, ItemVoice& voice);
    /// `run`: what its record says, when it left one.
    void ended(std::size_t item, const std::optional<Summary>& run);

    /// Draws, when it is time; `now_s` since the beginning.
    void look(double now_s);
    /// Milliseconds until it is time again; -1: never.
    [[nodiscard]] int patience_ms() const;
    /// Somebody is about to write to the terminal, or to stop.
    void clear() { display_.clear(); }

    /// All is over, and the summary says how. False when something could not be written.
    bool finish();

  private:
    void tell_event(const std::string& line) { teller_.tell_event(line); }
    void tell_item_ended(std::size_t item);
    void keep_run(std::size_t item, const Summary& run);

    const RunOptions& options_;
    Summary& summary_;
    Teller teller_;
    ReportFile json_;
    ReportFile html_;
    ReportFile joblog_;
    ReportFile trace_;
    LiveDisplay display_;
    std::vector<std::pair<std::size_t, Summary>> runs_;  ///< for the page
    std::vector<TracedRun> traced_;
};

}  // namespace pipectl
