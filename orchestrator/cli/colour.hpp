#pragma once

// Whether output for people is coloured: --color wins over NO_COLOR (no-color.org), that over
// CLICOLOR_FORCE, that over what the descriptor is.

#include <string_view>

namespace pipectl {

/// `choice` is "auto", "always" or "never"; `fd` is where the text goes.
bool use_colour(std::string_view choice, int fd);

}  // namespace pipectl
