#pragma once

// The reasons why a command that needs a shell cannot be a stage that is one: each is one small
// function, with one line in a table of shell_refusals.cpp.

#include <string>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/graph.hpp"
#include "orchestrator/shell/translate/refusal.hpp"
#include "orchestrator/shell/translate/rules.hpp"

namespace pipectl::shell {

/// What a shell is to run, and for which part of the text.
struct ShellText {
    Range range;
    std::string own;    ///< the command's own
    std::string whole;  ///< with the functions that it may call
};

std::vector<Refusal> reasons_against(const Command& command, const Rules& rules);
std::vector<Refusal> reasons_against(const ShellText& text, const Rules& rules, const Graph& graph);

}  // namespace pipectl::shell
