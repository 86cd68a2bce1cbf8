#pragma once

// Which commands a shell script calls and what it writes by redirections, wherever that stands in
// it: in loops, functions, $( ) and pipelines. What it puts together at run time is not seen.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl::compare {

struct ScriptCalls {
    bool understood = true;  ///< else there is nothing else here
    /// Words without their quotes; what only a shell can tell stands there as it is written.
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> written;  ///< targets of >, >>, >|, <> and &>
    std::vector<std::string> scripts;  ///< `..`, and here documents that a shell reads or expands
};

ScriptCalls calls_of(std::string_view script);

}  // namespace pipectl::compare
