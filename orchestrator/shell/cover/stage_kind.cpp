#include "orchestrator/shell/cover/stage_kind.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

bool stands_for_program(const Command& command) {
    std::vector<std::string> argv;
    for (const Word& word : command.words) {
        const auto text = literal(word);
        if (!text) return false;
        argv.push_back(*text);
    }
    return same_as_program(argv);
}

/// A path, whatever its variables are: no builtin, and no function of sane people.
bool is_path(const Word& word) {
    return std::ranges::any_of(word.pieces,
                               [](const Piece& piece) {
                                   return piece.kind == Piece::Kind::text &&
                                          piece.value.find('/') != std::string::npos;
                               }) &&
           std::ranges::all_of(word.pieces, [](const Piece& piece) {
               return piece.kind == Piece::Kind::text ||
                      (piece.kind == Piece::Kind::parameter && piece.quoted);
           });
}

/// $PYTHON, in a text without a function that it could be. What it may be else is a program, or a
/// builtin that there is as one.
bool is_program_in_variable(const Word& word, const TextFacts& facts) {
    return facts.functions.empty() && !facts.sources_unknown &&
           std::ranges::all_of(word.pieces, [](const Piece& piece) {
               return piece.kind == Piece::Kind::parameter ||
                      (piece.kind == Piece::Kind::text && piece.value.empty());
           });
}

std::string why_no_argument(const Command& command) {
    for (const Word& word : command.assignments) {
        for (const Piece& piece : word.pieces) {
            const bool text = piece.kind == Piece::Kind::text;
            const bool tilde = text && !piece.quoted && piece.value.find('~') != piece.value.npos;
            const bool split = !text && !piece.quoted;
            if (tilde || split || piece.kind == Piece::Kind::array) {
                return "an assignment that as an argument would be another one";
            }
        }
        const std::string name = word.pieces.empty() ? "" : word.pieces.front().value;
        if (name.substr(0, name.find('=')).ends_with('+')) return "an assignment that adds";
    }
    for (const Word& word : command.words) {
        for (const Piece& piece : word.pieces) {
            if (piece.kind == Piece::Kind::process_in || piece.kind == Piece::Kind::process_out) {
                return "process substitution";
            }
            if (piece.kind == Piece::Kind::text &&
                (piece.value.find("/dev/fd/") != piece.value.npos ||
                 piece.value.find("/proc/self/fd/") != piece.value.npos)) {
                return "a descriptor of the shell's";
            }
        }
    }
    return {};
}

}  // namespace

std::string why_no_program(const Command& command, const TextFacts& facts) {
    if (command.kind != Command::Kind::simple) return "a stage that only a shell can run";
    if (command.words.empty()) return "a stage without a program";
    const auto name = name_of(command);
    if (!name && !is_path(command.words.front()) &&
        !is_program_in_variable(command.words.front(), facts)) {
        return "its program is known only when it runs";
    }
    if (name) {
        if (facts.functions.contains(*name)) return "'" + *name + "' is a function";
        if (facts.sources_unknown && name->find('/') == std::string::npos) {
            return "'" + *name + "' may be a function of a file that is sourced";
        }
        if (is_builtin(*name) && !stands_for_program(command)) {
            return "'" + *name + "' is the shell's own";
        }
        const std::string program = name->substr(name->rfind('/') + 1);
        if (program == "make" || program == "gmake") return "'" + *name + "' hands descriptors on";
    }
    return why_no_argument(command);
}

std::string why_no_shell_stage(std::string_view text, const Command& command,
                               const TextFacts& facts) {
    if (command.kind == Command::Kind::function || command.kind == Command::Kind::coprocess) {
        return "a stage that only a shell can run";
    }
    for (const char* const used : {"printf", "read", "trap", "exit"}) {
        if (facts.functions.contains(used)) return "'" + std::string(used) + "' is a function";
    }
    if (facts.last_pipe) return "'lastpipe' may be set";
    if (is_unstable(text.substr(command.range.begin, command.range.end - command.range.begin),
                    facts)) {
        return "a trap or 'exec' in what the shell runs";
    }
    return {};
}

bool only_prints(const Command& command) {
    const auto name = name_of(command);
    return command.kind == Command::Kind::simple && command.redirects.empty() &&
           command.assignments.empty() &&
           (name == "echo" || name == "printf" || name == "true" || name == ":");
}

bool only_reads(const Command& command) {
    const auto name = name_of(command);
    return command.kind == Command::Kind::loop ||
           (command.kind == Command::Kind::simple &&
            (name == "read" || name == "mapfile" || name == "readarray"));
}

}  // namespace pipectl::shell
