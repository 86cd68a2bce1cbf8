#pragma once

// Shows how far a run has come while it goes on: on a terminal, or by a line a second elsewhere;
// see live_display.hpp. Once data may have gone to the terminal nothing is written at all, because
// a title between two halves of a character would break it.

#include <deque>
#include <string>

#include "orchestrator/cli/live_display.hpp"
#include "orchestrator/preflight/terminal_use.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/run/teller.hpp"

namespace pipectl {

class Progress {
  public:
    /// `choice`: "auto", "always" or "never". `quiet`: automatic means never.
    Progress(const std::string& choice, bool quiet, TerminalUse use, Teller& teller);

    /// Whether anything will ever be shown.
    [[nodiscard]] bool on() const { return display_.on(); }

    /// A look at the run. `summary` is of its events so far; its moments are filled in here.
    void show(Summary summary, double time_s, const Sampled& seen);

    /// True when `show` at that time would draw; so that nobody makes a summary for nothing.
    [[nodiscard]] bool due(double time_s) const { return display_.due(time_s); }

    /// Takes what is shown off the terminal; see LiveDisplay::clear().
    void clear() { display_.clear(); }

  private:
    [[nodiscard]] bool data_was_shown(const Summary& summary) const;

    TerminalUse use_;
    std::deque<Moment> window_;  ///< of the last second or so
    LiveDisplay display_;
};

}  // namespace pipectl
