#pragma once

// The words behind a command's name, taken apart by the command's value.
//
// The only place that knows CLI11, which is slow to compile.

#include <string>
#include <variant>
#include <vector>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"

namespace pipectl {

/// What was given; or what is wrong, for a usage error.
std::variant<Given, std::string> parse_words(const Command& command,
                                             std::vector<std::string> words);

/// Runs the command; or shows its help when the words ask for that; or says what is wrong with them
/// in two lines on stderr. Returns the exit status.
int run_command_words(const Command& command, std::vector<std::string> words);

}  // namespace pipectl
