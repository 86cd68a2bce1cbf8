#pragma once

// Statements that only a shell can run, as steps of a definition: a loop, a condition, `a || b`, a
// variable that gets a command's output with what uses it. Internal to this folder.
//
// Each becomes a group in the text, `{ ..; }`, which import takes as one stage of a shell and puts
// into its order. What it sets must be used by nothing outside of it, so it grows until that holds.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

struct Steps {
    std::string text;              ///< with the same lines
    std::set<std::size_t> begins;  ///< of the groups in it
    std::vector<int> lines;        ///< where they begin, for messages
};

/// `refused`: places in the text that are no part of a definition by themselves. Nothing when no
/// statement needs it, or when all of the text would be one step.
std::optional<Steps> steps_of(std::string_view text, const std::vector<Statement>& all,
                              const std::set<std::size_t>& refused);

}  // namespace pipectl::shell
