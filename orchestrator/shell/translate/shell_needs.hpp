#pragma once

// What a part of a text needs of the rest when a shell runs it as a stage: functions, variables,
// arguments; and what must not be in its environment.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/rules.hpp"

namespace pipectl::shell {

/// Some `a | b` in it, which would run by the shell's rules: in a group, a loop, $(..), `..`, or in
/// a function that it may call.
bool holds_pipeline(const Command& whole, const std::string& prelude);

/// Some redirection in it, at any depth but its own, that writes a file, which a failed run would
/// leave changed: its place, or that of the whole for one in a function that it may call.
std::optional<Range> file_written_inside(const Command& whole, const std::string& prelude);

/// The functions that occur in the text, and those that occur in these: their definitions.
struct NeededFunctions {
    std::string text;
    bool posix = true;
};
NeededFunctions functions_for(const std::string& text, const Rules& rules);

/// The variables that the text may use, which its shell has to be given.
std::vector<const Variable*> variables_for(const std::string& text, const Rules& rules);

/// What takes these out of the environment of what the text starts; nothing: that cannot be seen.
/// Only bash can.
std::optional<std::string> unexported(const std::string& text, const Rules& rules);

/// The script's arguments that the text uses, in their order; null: one that nothing names.
std::vector<const Variable*> arguments_for(const std::string& text, const Rules& rules);

/// "@", "*" or "#": the text uses all arguments of the script; 0: it does not.
char all_arguments_in(const std::string& text);

}  // namespace pipectl::shell
