#pragma once

// The command line of pipectl-sh: a shell's, with two options of its own.

#include <optional>
#include <string>
#include <vector>

namespace pipectl {

struct ShellWords {
    bool explain = false;
    bool require = false;
    std::vector<std::string> options;  ///< of the real shell
    std::optional<std::string> text;   ///< behind -c
    bool lacks_text = false;           ///< nothing is behind it
    bool from_stdin = false;           ///< -s, -i, or nothing to run
    std::vector<std::string> operands;
};

/// As shells read them: letters behind one dash, of which c wants the text, o and O a name.
ShellWords read_shell_words(const std::vector<std::string>& words);

}  // namespace pipectl
