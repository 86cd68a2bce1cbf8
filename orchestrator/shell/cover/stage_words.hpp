#pragma once

// One command of a pipeline as a stage of `pipectl pipe`: what its redirections become.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// Where a command stands in its pipeline.
struct StagePosition {
    bool first = false;
    bool last = false;
    bool joined = false;  ///< |& stands behind it
};

struct StageWords {
    std::string options;         ///< in the shell's language: "--out \"$f\" "; ends with a blank
    std::vector<Range> removed;  ///< redirections that these say
    std::string why;             ///< it cannot be a stage; empty: it can
    bool writes_file = false;
};

/// The target as one word of the shell's, whatever its value: what a redirection does not split
/// must not be split as an argument. Nothing when it may be a pattern.
std::optional<std::string> as_one_word(std::string_view text, const Word& target);

/// Of a command of the text that is a simple one.
StageWords stage_words(std::string_view text, const Command& command, StagePosition position);

}  // namespace pipectl::shell
