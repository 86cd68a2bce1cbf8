#pragma once

// Programs that are parts of pipectl and stand beside it.

#include <string>
#include <vector>

namespace pipectl {

/// What the program beside this one prints on stdout when it is started with these words after its
/// name and reads nothing; empty when it cannot be started, or fails.
std::string output_of_own_program(const std::string& name, std::vector<std::string> arguments);

/// Goes on as the program with these words after its name, with SIGPIPE as a filter has it. Returns
/// only when that fails, with the exit status, after saying why.
int become_program(const std::string& path, const std::string& name,
                   const std::vector<std::string>& arguments);

}  // namespace pipectl
