#pragma once

// Programs that a table is enough for: options, values, operands. Those with a language of their
// own, or that start others, are in programs.cpp. Internal to this folder.

#include <optional>
#include <string>

#include "orchestrator/shell/commands/programs.hpp"

namespace pipectl::shell {

/// "-x", "--long"; "-" alone is an operand.
bool is_option(const std::string& text);

/// Nothing for a program that is not in the table. `name` is without its folder.
std::optional<FileUse> known_use(const std::string& name, const Arguments& words);

}  // namespace pipectl::shell
