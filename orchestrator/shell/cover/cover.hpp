#pragma once

// A script in which each pipeline of programs has become a `pipectl pipe`.
//
// Nothing is translated: words stay the shell's own, and only bars and redirections are replaced
// where they stand, so that line numbers, variables, functions, traps and quoting are what they
// were. What is not certain to mean the same stays as it is, with a reason.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl::shell {

struct CoverRequest {
    std::string_view text;
    std::string command;                ///< that starts `pipectl pipe`, quoted for a shell
    std::string separator;              ///< that no word can be by chance
    std::string name;                   ///< of the text, for messages
    std::set<std::string> functions{};  ///< that the environment brings along
    /// Stands for BASH_SOURCE, which a shell does not know behind -c: "0", or the name of a
    /// variable that holds the path; empty: it is no file's text.
    std::string source_variable{};
    std::string reader{};          ///< prints the covered text of a file; empty: no file's is
    bool sources_unknown = false;  ///< functions may come from files that nobody has seen
    /// Nothing is left to the shell's rules without a line in Cover::lines.
    bool strict = false;
    /// What a file holds that the text sources by a constant name; empty: nobody can tell.
    std::function<std::optional<std::string>(const std::string& path)> read{};
};

struct CoveredLine {
    int line = 0;
    std::string why{};  ///< it is not covered; empty: it is
};

struct Cover {
    std::string text{};                 ///< to be given to the shell
    std::vector<CoveredLine> lines{};   ///< of each pipeline, and each program with an output
    bool evaluates = false;             ///< `eval`: there may be pipelines that nobody has seen
    std::optional<Diagnostic> error{};  ///< it is not understood, and `text` is as it was
};

Cover cover_text(const CoverRequest& request);

}  // namespace pipectl::shell
