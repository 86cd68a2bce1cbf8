#pragma once

// The story of a failed run, for stderr: who failed, with what command, why, and who was ended
// because of it. One screen at most.

#include <cstddef>
#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Empty when the run has succeeded and left nothing behind. Each line ends with a newline; what
/// names and stderr hold cannot steer the terminal. `colour` adds SGR sequences.
/// A line, as an attempt has failed: `summary` is of what came before.
std::string render_attempt(const Summary& summary, const AttemptFailed& failed);

std::string render_story(const Summary& summary, bool colour);

/// A line for a stage that holds its readers' end of data back while nothing else moves.
std::string render_held_back(const Summary& summary, std::size_t stage);

}  // namespace pipectl
