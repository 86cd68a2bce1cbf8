#pragma once

// What a statement does to the shell that runs it. Internal to this folder.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

struct Effects {
    std::set<std::string> sets{};       ///< variables
    std::set<std::string> functions{};  ///< that it defines
    bool leaves = false;                ///< it may end the text, with a status that is not 0
    /// All that follows depends on it: it changes the folder, the descriptors, traps, options; or
    /// it may end the text with 0, or with a status that nobody knows.
    bool to_the_end = false;
};

/// `all`: of the text, for what its functions do.
Effects effects_of(std::string_view text, const Chain& chain, const std::vector<Statement>& all);

}  // namespace pipectl::shell
