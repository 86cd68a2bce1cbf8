#pragma once

// What runs do at this moment, for `pipectl ps` (a line each) and `pipectl top` (a line for each of
// their stages): rendered from the records that the runs have told.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

struct LiveView {
    std::string run;               ///< its id
    std::string short_id;          ///< enough of it
    std::optional<Summary> known;  ///< absent: it did not tell
    bool stopped = false;          ///< all its stages are (Ctrl-Z, SIGSTOP)
};

/// "running", "stopped", "cancelling", "ending" (all stages have), "unknown".
std::string live_state(const LiveView& view);

/// The id first; each line ends with a newline.
std::string render_ps(const std::vector<LiveView>& runs, bool colour);

/// An array with an object for each run, and a newline.
std::string render_ps_json(const std::vector<LiveView>& runs);

/// A block for each run. At most `lines` lines; what does not fit is counted.
std::string render_top(const std::vector<LiveView>& runs, std::size_t lines, bool colour);

}  // namespace pipectl
