#pragma once

// What a command says of itself, as text for people.

#include <string>
#include <string_view>

#include "orchestrator/command/command.hpp"

namespace pipectl {

/// What every command has beside the options in its value.
inline constexpr CommandOption kHelpOption = {
    "-h, --help", {}, "this, or the long form with examples"};

/// "-h", or with `all` "--help": examples first, and the paragraphs.
std::string help_text(const Command& command, bool all);

/// The long form without the options.
std::string help_without_options(const Command& command);

/// The command's line in the list of all.
std::string list_line(const Command& command);

}  // namespace pipectl
