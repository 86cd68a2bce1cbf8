// What dash, the /bin/sh of many systems, does as bash does.

#include <algorithm>
#include <array>

#include "orchestrator/shell/fragment.hpp"
#include "orchestrator/shell/words.hpp"

namespace pipectl::shell {

namespace {

constexpr auto kOnlyBash = std::to_array<std::string_view>(
    {"bind",   "builtin",   "caller", "compgen", "complete", "compopt", "declare", "dirs",
     "disown", "enable",    "help",   "history", "let",      "logout",  "mapfile", "popd",
     "pushd",  "readarray", "select", "shopt",   "source",   "suspend", "time",    "trap",
     "type",   "typeset",   "ulimit", "set",     "local",    "exec",    "getopts", "kill"});

bool is_plain_parameter(const std::string& value) {
    if (value.empty()) {
        return false;
    }
    if (value == "@" || value == "#" || value == "*" || value == "?" || value == "0" ||
        (value.size() == 1 && value.front() >= '1' && value.front() <= '9')) {
        return true;
    }
    const std::size_t size = value.find_first_of(":-=?+%#/^,@[!*$`");
    const std::string_view name = std::string_view(value).substr(0, size);
    if (!is_variable(name) || name.starts_with("BASH") || name == "RANDOM" || name == "UID" ||
        name == "SECONDS" || name == "HOSTNAME" || name == "FUNCNAME" || name == "EUID" ||
        name == "OSTYPE" || name == "PIPESTATUS" || name == "REPLY" || name == "SRANDOM") {
        return false;
    }
    if (size == std::string::npos) {
        return true;
    }
    std::string_view rest = std::string_view(value).substr(size);
    if (rest.find_first_of("`\\'\"$[") != std::string_view::npos) {
        return false;
    }
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        return !rest.empty() &&
               std::string_view("-=?+").find(rest.front()) != std::string_view::npos;
    }
    return std::string_view("-=?+%#").find(rest.front()) != std::string_view::npos;
}

bool is_posix_word(std::string_view text, const Word& word) {
    const std::string_view raw = text.substr(word.range.begin, word.range.end - word.range.begin);
    if (raw.find("$'") != std::string_view::npos || raw.find("[^") != std::string_view::npos ||
        raw.find("**") != std::string_view::npos) {
        return false;
    }
    for (const Piece& piece : word.pieces) {
        switch (piece.kind) {
            case Piece::Kind::text: break;
            case Piece::Kind::parameter:
                if (!is_plain_parameter(piece.value)) {
                    return false;
                }
                break;
            case Piece::Kind::command:
                if (!piece.body) {
                    return false;  // `..` is not looked into
                }
                break;
            case Piece::Kind::arithmetic:
                if (piece.value.find_first_not_of(" $()+-*/%<>=0123456789_"
                                                  "abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
                        std::string::npos ||
                    piece.value.find("++") != std::string::npos ||
                    piece.value.find("--") != std::string::npos) {
                    return false;
                }
                break;
            default: return false;
        }
    }
    Word without = word;  // the words of a command may be patterns; braces are bash's own
    std::erase_if(without.pieces,
                  [](const Piece& piece) { return piece.kind != Piece::Kind::text; });
    return needs(without) != Need::brace;
}

bool is_posix_simple(const Command& command) {
    if (command.words.empty()) {
        return true;
    }
    const auto name = literal(command.words.front());
    if (!name) {
        return needs(command.words.front()) == Need::variable;
    }
    if (std::find(kOnlyBash.begin(), kOnlyBash.end(), *name) != kOnlyBash.end()) {
        return false;
    }
    std::vector<std::string> argv;
    bool literals = true;
    for (const Word& word : command.words) {
        const auto value = literal(word);
        literals = literals && value.has_value();
        argv.push_back(value.value_or(""));
    }
    if (*name == "echo") {
        return literals && same_as_program(argv);
    }
    if (*name == "printf") {
        if (argv.size() < 2 || !literal(command.words[1]) || argv[1].starts_with('-') ||
            argv[1].find("%q") != std::string::npos || argv[1].find("%(") != std::string::npos ||
            argv[1].find("%b") != std::string::npos) {
            return false;
        }
        for (std::size_t at = argv[1].find('\\'); at != std::string::npos;
             at = argv[1].find('\\', at + 2)) {
            if (at + 1 >= argv[1].size() ||
                std::string_view("nrt\\01234567").find(argv[1][at + 1]) == std::string_view::npos) {
                return false;
            }
        }
        return true;
    }
    if (*name == "read") {
        return argv.size() > 1 &&
               std::all_of(
                   argv.begin() + 1, argv.end(),
                   [](const std::string& word) { return word == "-r" || is_variable(word); }) &&
               argv.back() != "-r";
    }
    if (*name == "test" || *name == "[") {
        return std::all_of(argv.begin(), argv.end(), [](const std::string& word) {
            return word != "==" && word != "=~" && word != "-v" && word != "<" && word != ">" &&
                   word != "-a" && word != "-o";
        });
    }
    return true;
}

}  // namespace

bool is_posix(std::string_view text, const Command& whole) {
    bool good = true;
    visit_commands(whole, [&](const Command& command) {
        const std::string_view raw =
            text.substr(command.range.begin, command.range.end - command.range.begin);
        switch (command.kind) {
            case Command::Kind::test:
            case Command::Kind::arithmetic:
            case Command::Kind::coprocess: good = false; break;
            case Command::Kind::function: good = good && !raw.starts_with("function"); break;
            case Command::Kind::loop:
                good = good && !raw.starts_with("select") && !raw.starts_with("for ((") &&
                       !raw.starts_with("for((");
                break;
            case Command::Kind::simple: good = good && is_posix_simple(command); break;
            default: break;
        }
        for (const Word& word : command.assignments) {
            const auto& name = word.pieces.front().value;
            good = good && name.find("+=") == std::string::npos &&
                   name.substr(0, name.find('=')).find('[') == std::string::npos;
        }
        for (const auto& redirect : command.redirects) {
            good = good && redirect->variable.empty() && redirect->descriptor < 10 &&
                   redirect->kind != Redirect::Kind::both &&
                   redirect->kind != Redirect::Kind::both_append &&
                   redirect->kind != Redirect::Kind::here_string &&
                   (redirect->kind != Redirect::Kind::here_document || !redirect->expands ||
                    redirect->body.find_first_of("$`\\") == std::string::npos);
            if (redirect->kind == Redirect::Kind::duplicate_out) {
                const auto target = literal(redirect->target);
                good =
                    good && target && target->find_first_not_of("0123456789-") == std::string::npos;
            }
        }
        visit_words(command, [&](const Word& word) { good = good && is_posix_word(text, word); });
        for (const List& body : command.bodies) {
            for (const Chain& chain : body.chains) {
                for (const Pipeline& line : chain.pipelines) {
                    good = good && !line.timed &&
                           std::find(line.joined.begin(), line.joined.end(), true) ==
                               line.joined.end();
                }
            }
        }
    });
    return good;
}

}  // namespace pipectl::shell
