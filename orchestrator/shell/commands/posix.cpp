#include "orchestrator/shell/commands/posix.hpp"

#include <algorithm>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/special_variables.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

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
    if (!is_variable(name) || is_of_shell(name) || name == "SHLVL" || name == "_" ||
        name == "COLUMNS" || name == "LINES") {
        return false;
    }
    if (size == std::string::npos) {
        return true;
    }
    std::string_view rest = std::string_view(value).substr(size);
    // a '?' is a byte here and a character there
    if (rest.find_first_of("`\\'\"$[~") != std::string_view::npos ||
        rest.find('?', 2) != std::string_view::npos) {
        return false;
    }
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        return !rest.empty() &&
               std::string_view("-=?+").find(rest.front()) != std::string_view::npos;
    }
    return std::string_view("-=?+%#").find(rest.front()) != std::string_view::npos &&
           (rest.find('?') == std::string_view::npos || rest.front() == '?');
}

/// ~ and ~/x; not ~+, ~-, ~user, a:~b
bool plain_tilde(std::string_view raw) {
    return raw == "~" || (raw.starts_with("~/") && raw.find('~', 1) == std::string_view::npos);
}

/// $(<file)
bool reads_file(const List& list) {
    return std::any_of(list.chains.begin(), list.chains.end(), [](const Chain& chain) {
        const Command& command = chain.pipelines.front().commands.front();
        return command.kind == Command::Kind::simple && command.words.empty() &&
               !command.redirects.empty();
    });
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
                if (!piece.body || reads_file(*piece.body)) {
                    return false;  // `..` is not looked into; $(<file) is bash's own
                }
                break;
            case Piece::Kind::arithmetic:
                // what a variable holds may be an expression
                if (piece.value.find_first_not_of(" $()+-*/%0123456789") != std::string::npos ||
                    piece.value.find("**") != std::string::npos) {
                    return false;
                }
                break;
            default: return false;
        }
    }
    // names that a pattern stands for come in the locale's order in bash, and braces are its own
    Word without = word;
    std::erase_if(without.pieces,
                  [](const Piece& piece) { return piece.kind != Piece::Kind::text; });
    const Need need = needs(without);
    return need == Need::none || (need == Need::tilde && plain_tilde(raw));
}

/// Neither split nor a pattern: one name in every shell.
bool is_posix_target(const Word& word) {
    return std::all_of(word.pieces.begin(), word.pieces.end(), [&](const Piece& piece) {
        return piece.quoted || (piece.kind == Piece::Kind::text &&
                                piece.value.find_first_of("*?[{~") == std::string::npos);
    });
}

bool is_posix_simple(const Command& command) {
    if (command.words.empty()) {
        return true;
    }
    const auto name = literal(command.words.front());
    if (!name) {
        return needs(command.words.front()) == Need::variable;
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
        if (argv.size() < 2 || !literal(command.words[1])) {
            return false;
        }
        // what is not known fills in strings alone
        return literals
                   ? same_as_program(argv)
                   : argv[1].find("%d") == std::string::npos && same_as_program({argv[0], argv[1]});
    }
    if (*name == "read") {
        return argv.size() > 2 && argv[1] == "-r" &&
               std::all_of(argv.begin() + 2, argv.end(),
                           [](const std::string& word) { return is_variable(word); });
    }
    if (*name == "cd" || *name == "pwd") {
        return argv.size() == (*name == "cd" ? 2U : 1U) && literals &&
               !argv.back().starts_with('-');
    }
    if (*name == "test" || *name == "[") {
        return std::all_of(argv.begin(), argv.end(), [](const std::string& word) {
            return word != "==" && word != "=~" && word != "-v" && word != "<" && word != ">" &&
                   word != "-a" && word != "-o";
        });
    }
    // the others are looked at above, or left to bash
    return !is_builtin(*name) || has_trait(*name, Trait::builtin_alike);
}

/// IFS= before `read` is alike; other separators are not where a line ends with one.
bool is_posix_assignment(const Word& word) {
    const std::string& text = word.pieces.front().value;
    return text.find("+=") == std::string::npos &&
           text.substr(0, text.find('=')).find('[') == std::string::npos &&
           (!text.starts_with("IFS=") || (word.pieces.size() == 1 && text == "IFS="));
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
            good = good && is_posix_assignment(word);
        }
        for (const auto& redirect : command.redirects) {
            good = good && redirect->variable.empty() && redirect->descriptor < 10 &&
                   redirect->kind != Redirect::Kind::both &&
                   redirect->kind != Redirect::Kind::both_append &&
                   redirect->kind != Redirect::Kind::here_string &&
                   is_posix_target(redirect->target) &&
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
