#pragma once

// What runs do at this moment, for `pipectl ps` (a line each) and `pipectl top` (a line for each of
// their stages): rendered from the records that the runs have told.

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

struct LiveView {
    std::string run;               ///< its id
    std::string short_id;          ///< enough of it
    std::optional<Summary> known;  ///< absent: it did not tell
    bool stray = false;            ///< it goes on, and all processes of pipectl's were killed
    std::string part_of{};         ///< the id of the [for-each] that it is an item of; or empty
};

/// Runs that are items of another one among these come below it.
void put_items_below(std::vector<LiveView>& runs);

/// "running", "stopped", "cancelling", "ending" (all stages have), "stray", "unknown".
std::string live_state(const LiveView& view);

/// The id first; each line ends with a newline.
std::string render_ps(const std::vector<LiveView>& runs, bool colour);

/// What both show, for programs: an array with an object for each run, and a newline. Figures are
/// samples, as those of `top`; what is not known is null.
std::string render_live_json(const std::vector<LiveView>& runs);

/// How much a page may take.
struct PageSize {
    std::size_t lines = std::numeric_limits<std::size_t>::max();
    std::size_t columns = std::numeric_limits<std::size_t>::max();
};

/// A block for each run. At most as many lines as the page has; what does not fit is counted. No
/// line is wider: columns that matter less are left out first.
std::string render_top(const std::vector<LiveView>& runs, const PageSize& page, bool colour);

}  // namespace pipectl
