#pragma once

// What `pipectl pipe` takes: commands of the caller's own words, with `::` between them, as a
// definition. Nothing in a word has a meaning but what this file says: no quoting, no references.

#include <string>
#include <vector>

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/definition/definition.hpp"
#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

/// Options that stand before a command of a pipe, of that stage alone.
inline constexpr CommandOption kStageOptions[] = {
    {"--in", "FILE", "stdin of the command", complete_files},
    {"--text", "TEXT", "stdin of the command: this text"},
    {"--out", "FILE", "its stdout replaces the file when all has gone well", complete_files},
    {"--append", "FILE", "its stdout is added to the file", complete_files},
    {"--err", "FILE", "its stderr, a log; '-': where its stdout goes", complete_files},
    {"--err-append", "FILE", "the same, added to what is there", complete_files},
    {"--ok", "N,N", "statuses that are no failure; 'any'"},
    {"--cwd", "FOLDER", "where it runs", complete_files},
};

struct PipeWords {
    Definition definition;
    SourceText source;                   ///< the words as one line, for places in messages
    std::string wrong;                   ///< for a usage error; empty: nothing is
    std::vector<Diagnostic> warnings{};  ///< words that look like a shell's signs
};

/// Where the words stand in a shell's text, when pipectl-sh has put them there.
struct ShellPlace {
    std::string file;  ///< as messages name it; empty: they stand in no text
    int line = 1;
    bool hands_on = false;  ///< a stage of the shell's stands behind
};

/// `given`: of a command that has kStageOptions; they are of the first stage. Its operands are the
/// words from the first command on. `separator` stands between commands; with a backslash before
/// it, it is a word.
PipeWords read_pipe(const Given& given, const std::string& separator, const ShellPlace& place = {});

/// Hints that speak of a definition's keys, in the options of `pipe`.
void reword_for_pipe(std::vector<Diagnostic>& reasons);

}  // namespace pipectl
