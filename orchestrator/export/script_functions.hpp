#pragma once

// The functions at the top of an exported script, in the words that every POSIX shell knows.

#include <string>
#include <vector>

#include "orchestrator/export/script_graph.hpp"

namespace pipectl {

/// What the script needs beyond its commands.
struct FunctionNeeds {
    bool strict = true;
    bool reads_files = false;            ///< there are `need` lines
    std::vector<std::string> new_files;  ///< words of the files that `finish` puts in place
};

/// The block between the marker lines, with both of them.
std::string script_functions(const ScriptGraph& graph, const FunctionNeeds& needs);

}  // namespace pipectl
