#pragma once

// What a run is doing right now, for SIGUSR1: a line for the run and one for each stage.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// `summary` is of the events so far, `now_s` the time since the run began. Helpers are listed only
/// while they are all that runs. Each line ends with a newline.
std::string render_status(const Summary& summary, double now_s);

}  // namespace pipectl
