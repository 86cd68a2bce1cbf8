#pragma once

// The functions at the top of an exported script, in the words that every POSIX shell knows.

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/export/script_graph.hpp"

namespace pipectl {

/// What the script needs beyond its commands.
struct FunctionNeeds {
    bool strict = true;
    bool reads_files = false;   ///< there are `need` lines
    std::size_t new_files = 0;  ///< that `finish` puts in place, from $new_1, $new_2, ..
};

/// In front of everything that asks for a secret: what asks.
std::string ask_function(bool managed);

/// The block between the marker lines, with both of them.
std::string script_functions(const ScriptGraph& graph, const FunctionNeeds& needs);

}  // namespace pipectl
