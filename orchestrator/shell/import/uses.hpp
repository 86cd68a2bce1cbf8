#pragma once

// What a pipeline of a text does with files: what it reads and writes, by redirections and by the
// words of its programs, or that nobody can tell.

#include <string>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

struct UsedPath {
    std::string pattern;  ///< as path_pattern() has it
    std::string shown;    ///< for messages
};

struct Uses {
    std::vector<UsedPath> reads;
    std::vector<UsedPath> writes;
    std::string unknown;       ///< a program that may do anything with files; empty: there is none
    bool reads_stdin = false;  ///< its first command may read the caller's
};

/// `all` are the text's statements: among them the functions that it defines.
Uses uses_of(const Chain& chain, const PathNames& names, const std::vector<Statement>& all);

}  // namespace pipectl::shell
