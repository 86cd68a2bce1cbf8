#pragma once

// Variables whose names mean something to the shell or to programs.

#include <string_view>

namespace pipectl::shell {

/// Variables that programs inherit already, or that steer the shell itself.
bool is_of_environment(std::string_view name);

/// Variables that the shell makes up.
bool is_of_shell(std::string_view name);

}  // namespace pipectl::shell
