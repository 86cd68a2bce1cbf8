#pragma once

// Text to stdout and stderr, and what every command says in the same words when it cannot go on.

#include <string>
#include <string_view>

#include "orchestrator/command/command.hpp"

namespace pipectl {

/// Wrong usage, a definition with errors, or anything else of our own.
inline constexpr int kOwnError = 125;

/// Two lines on stderr: what is wrong, and the usage. Returns kOwnError.
int usage_error(const Command& command, const std::string& message);

/// "pipectl: MESSAGE" on stderr. Returns kOwnError.
int own_error(const std::string& message);

/// Writes to stdout; says on stderr what stopped it and returns kOwnError, or returns 0.
int print(std::string_view text);

/// Writes to stderr, whose errors nobody could be told of.
void print_error(std::string_view text);

}  // namespace pipectl
