#pragma once

// Whether output for people is coloured: --color wins over NO_COLOR (no-color.org), that over
// CLICOLOR_FORCE, that over what the descriptor is.

#include <string_view>

#include "orchestrator/report/terminal_text.hpp"

namespace pipectl {

/// `choice` is "auto", "always" or "never"; `fd` is where the text goes.
bool use_colour(std::string_view choice, int fd);

/// What the terminal understands that TERM and TERM_PROGRAM name.
TerminalSkills own_terminal_skills();

}  // namespace pipectl
