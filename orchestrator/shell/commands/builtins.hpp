#pragma once

// Commands that a shell does by itself.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl::shell {

/// True for the names of commands that a shell does by itself.
bool is_builtin(std::string_view name);

/// True for a builtin with these arguments that does exactly what the program of the same name
/// does: `echo text`, `printf '%s\n' a`, `true`.
bool same_as_program(const std::vector<std::string>& argv);

}  // namespace pipectl::shell
