#pragma once

// The statements of a text, told apart by what they are for. Internal to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

struct Statement {
    enum class Kind {
        pipeline,
        assignment,  ///< NAME=value ..
        constant,    ///< readonly NAME=value ..
        exported,    ///< export NAME[=value] ..
        defaults,    ///< : "${NAME:=value}" ..
        options,     ///< set -e, -u, -o pipefail
        function,
        temporary,  ///< NAME=$(mktemp [-d] ..)
        make_fifo,  ///< mkfifo NAME ..
        remove,     ///< rm [-f] NAME ..
        wait,
        other,  ///< &&, ||, loops, cd, trap, exec, ...
    };
    Kind kind = Kind::other;
    const Chain* chain = nullptr;
    std::vector<Assignment> assigned;  ///< assignment, exported: those with literal values
    bool literal_values = true;        ///< .. and these are all
    bool pipefail = false;             ///< options
    bool errexit = false;              ///< options: a failure ends the text
    bool traces = false;               ///< options: -x, -v
    bool guarded = false;              ///< a failure of it ends the script, or a test is before it
    bool forgiven = false;             ///< pipeline: `|| true` is behind it
    const Command* subject = nullptr;  ///< what it is about, when that is not the first command

    [[nodiscard]] const Pipeline& line() const { return chain->pipelines.front(); }
    [[nodiscard]] const Command& command() const {
        return subject != nullptr ? *subject : line().commands.front();
    }
};

std::vector<Statement> statements(const List& list);

/// The path as path_key() has it, of each word of `mkfifo` and `rm`. Nothing: an option, or a word
/// that needs a shell.
std::optional<std::vector<std::string>> file_arguments(const Command& command,
                                                       const PathNames& names);

/// True for a word whose value comes from variables alone, so that evaluating it twice, or in
/// another process, is the same.
bool is_pure(const Word& word);

/// The paths that a redirection or a `tee` of the command writes, or a redirection reads.
struct Paths {
    std::vector<std::string> written;
    std::vector<std::string> read;
    std::vector<std::string> named;  ///< by other words
};
Paths paths_of(const List& list, const PathNames& names = {});

/// Adds those of the command itself, without what is inside of it.
void add_paths(const Command& command, const PathNames& names, Paths& paths);

}  // namespace pipectl::shell
