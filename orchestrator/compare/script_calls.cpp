#include "orchestrator/compare/script_calls.hpp"

#include <algorithm>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"

namespace pipectl::compare {

namespace {

using shell::Command;
using shell::Piece;
using shell::Redirect;
using shell::Word;

std::string text_of(std::string_view script, const Word& word) {
    std::string text;
    for (const Piece& piece : word.pieces) {
        const bool fixed = piece.kind == Piece::Kind::text;
        text += fixed ? std::string_view(piece.value)
                      : script.substr(piece.range.begin, piece.range.end - piece.range.begin);
    }
    return text;
}

bool is_process(const Word& word) {
    return std::any_of(word.pieces.begin(), word.pieces.end(), [](const Piece& piece) {
        return piece.kind == Piece::Kind::process_in || piece.kind == Piece::Kind::process_out;
    });
}

/// A command whose one word has the same substitutions as the lines of a here document.
std::string as_word(const std::string& lines) {
    std::string text = ": \"";
    for (const char c : lines) {
        text += c == '"' ? "\\\"" : std::string(1, c);
    }
    return text + '"';
}

bool is_shell(const std::vector<std::string>& words) {
    const std::string name = words.empty() ? "" : words[0].substr(words[0].rfind('/') + 1);
    return shell::has_trait(name, shell::Trait::shell) ||
           shell::has_trait(name, shell::Trait::other_shell);
}

void add_redirect(std::string_view script, const Redirect& redirect, bool is_script,
                  ScriptCalls& calls) {
    using Kind = Redirect::Kind;
    switch (redirect.kind) {
        case Kind::in:
        case Kind::duplicate_in: return;
        case Kind::here_string:
            if (is_script) {
                calls.scripts.push_back(text_of(script, redirect.target));
            }
            return;
        case Kind::here_document:
            if (is_script) {
                calls.scripts.push_back(redirect.body);
            }
            if (redirect.expands && redirect.body.find_first_of("$`") != std::string::npos) {
                calls.scripts.push_back(as_word(redirect.body));
            }
            return;
        default: break;
    }
    const std::string target = text_of(script, redirect.target);
    const bool descriptor = redirect.kind == Kind::duplicate_out &&
                            target.find_first_not_of("0123456789-") == std::string::npos;
    if (!descriptor && !is_process(redirect.target)) {
        calls.written.push_back(target);
    }
}

}  // namespace

ScriptCalls calls_of(std::string_view script) {
    ScriptCalls calls;
    const shell::Parsed parsed = shell::parse(script);
    calls.understood = !parsed.error;
    if (!calls.understood) {
        return calls;
    }
    shell::visit_commands(parsed.script.list, [&](const Command& command) {
        std::vector<std::string> words;
        for (const Word& word : command.words) {
            words.push_back(text_of(script, word));
        }
        for (const auto& redirect : command.redirects) {
            add_redirect(script, *redirect, is_shell(words), calls);
        }
        if (command.kind == Command::Kind::simple && !words.empty()) {
            calls.commands.push_back(std::move(words));
        }
        shell::visit_words(command, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::command && !piece.body && piece.value.size() > 1) {
                    calls.scripts.push_back(piece.value.substr(1, piece.value.size() - 2));
                }
            }
        });
    });
    return calls;
}

}  // namespace pipectl::compare
