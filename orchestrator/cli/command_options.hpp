#pragma once

// The options of every subcommand as the subcommand itself declares them: for completions and the
// manual page, which are thereby never behind.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/cli/commands.hpp"

namespace pipectl {

struct CommandOption {
    std::string name;   ///< "--format"
    std::string value;  ///< "text|json", "FILE"; empty: it takes none
    std::string help;
};

/// Asks the subcommand, as a program of its own: this one with other words. Empty when it has none.
std::vector<CommandOption> options_of(std::string_view command);

/// What the subcommand's --help says.
std::string help_of(std::string_view command);

/// The list of `pipectl history`, the latest only.
std::string list_of_past_runs();

}  // namespace pipectl
