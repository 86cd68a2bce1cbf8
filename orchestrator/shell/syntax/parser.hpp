#pragma once

// Text to syntax: the grammar of bash's manual page, SHELL GRAMMAR.
//
// What is accepted has exactly the structure that bash sees; what is rare and hard to be sure of is
// refused. Starts nothing, expands nothing.

#include <optional>
#include <string_view>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

struct Parsed {
    Script script;                    ///< of no use when there is an error
    std::optional<Diagnostic> error;  ///< the first thing that is not understood
};

Parsed parse(std::string_view text);

}  // namespace pipectl::shell
