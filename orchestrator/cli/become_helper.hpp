#pragma once

// For subcommands whose work a job of pipectl-helper does: the same that a plan would start.

#include <string>
#include <vector>

namespace pipectl {

/// Goes on as the helper program with these arguments, with SIGPIPE as a filter has it. Returns
/// only when that fails, with the exit status, after saying why.
int become_helper(const std::vector<std::string>& arguments);

}  // namespace pipectl
