#pragma once

// What the last word of a command line could be: for the scripts of `pipectl completions`.

#include <string>
#include <vector>

#include "orchestrator/command/command.hpp"

namespace pipectl {

/// The candidates (candidates.hpp) for the last of the words behind "pipectl", which the command's
/// value, or that of its option, knows.
std::string complete_words(CommandList commands, const std::vector<std::string>& words);

}  // namespace pipectl
