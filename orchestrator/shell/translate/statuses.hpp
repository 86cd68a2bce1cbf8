#pragma once

// Exit statuses that say something and are no failure: 1 of grep, diff and test, 123 of an xargs
// that runs these.

#include <set>
#include <string>
#include <vector>

#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// Besides 0. Seen through env, nice, timeout, groups, loops, functions of the text and `sh -c`.
std::set<int> mild_statuses(const Command& command, const std::vector<Statement>& all);

/// The same of words that no shell reads.
std::set<int> mild_statuses(const std::vector<std::string>& argv);

/// True for a command that has no way to fail by itself: `echo`, or a filter of its stdin such as
/// `sort`. One that reads a file may not find it.
bool never_fails(const Command& command);

}  // namespace pipectl::shell
