#pragma once

// What is known of programs: which files a command reads and writes, and whether it reads its
// stdin, by its words alone.
//
// The list is short on purpose. A program that is not on it may do anything: whoever relies on the
// answer must treat it so.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// A word of a command as word_pattern() has it.
struct Argument {
    std::string text;
    bool options = false;  ///< it may be several words, options among them
};
using Arguments = std::vector<Argument>;

/// A variable whose value is known to be several words is these words.
Arguments arguments_of(const Command& command, const PathNames& names);

struct FileUse {
    bool known = false;              ///< nothing is written or changed beyond what stands here
    std::string program;             ///< for messages
    std::vector<std::string> reads;  ///< paths, as path_pattern() has them; folders with all below
    std::vector<std::string> writes;
    bool reads_stdin = false;         ///< it may
    std::optional<std::string> text;  ///< a shell's, which it runs
};

FileUse file_use(const Arguments& all);

/// Without what is in front of the program: env, nice, timeout. The first is the program.
Arguments without_wrappers(Arguments words);

/// The program behind the options of xargs with its words; empty: there is none.
Arguments behind_xargs(const Arguments& words);

}  // namespace pipectl::shell
