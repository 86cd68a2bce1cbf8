#pragma once

// A shell's text, covered, and given to the real shell: what pipectl-sh does, and a strict run of a
// text that is no single pipeline.

#include <string>
#include <vector>

#include "orchestrator/shell/cover/cover.hpp"

namespace pipectl {

/// bash, or what PIPECTL_SH names.
std::string real_shell();

/// A script's file, found as a shell finds it.
struct ScriptFile {
    std::string path{};
    std::string text{};
    int status =
        0;  ///< it could not be read, which has been said: 127 when it is not there, or 126
};

ScriptFile read_script(const std::string& path);

/// What a text is covered for.
struct TextToCover {
    std::string name;  ///< for messages
    std::string text;
    bool is_script = false;  ///< of a file
    bool strict = false;     ///< see CoverRequest
    bool require = false;    ///< what it sources must be covered as well
};

shell::Cover cover(const TextToCover& text);

/// Prints the covered text of a file that a text sources; one that cannot be read is left to the
/// shell. `words`: [--require] FILE
/// known|unknown FUNCTION.., as in CoverRequest; with --require it is a text that ends the shell
/// with 125 where something is not covered.
int print_covered(std::vector<std::string> words);

/// The first reason why not all of the text is covered, with its place; empty: all is.
std::string why_not_covered(const shell::Cover& cover, const std::string& name);

/// Becomes the real shell with these words. Returns only when that fails.
int become_shell(const std::string& shell, const std::vector<std::string>& words);

/// Becomes the real shell with its options and the covered text; `operands`: $0 and the arguments.
int become_shell_of(const std::string& shell, std::vector<std::string> options, std::string text,
                    const std::vector<std::string>& operands);

}  // namespace pipectl
