#pragma once

// A shell script taken apart just far enough to see which programs it calls and what it redirects.
//
// No shell: it expands nothing and knows no grammar beyond words, quotes, separators and command
// substitution. Where a command begins it sees even inside `case`, loops and $( ); what a script
// puts together at run time (eval, variables as commands) it does not.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl::compare {

struct ShellCommands {
    std::vector<std::vector<std::string>> commands;  ///< words without their quotes
    std::vector<std::string> written;                ///< targets of >, >>, >| and &>
};

ShellCommands split_shell(std::string_view script);

}  // namespace pipectl::compare
