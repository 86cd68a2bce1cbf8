#include "orchestrator/shell/syntax/expansions.hpp"

#include <algorithm>

#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

using Names = std::set<std::string>;

/// What stands behind a '$' or "${".
void add_name(std::string_view text, Names& names) {
    while (text.size() > 1 && (text.front() == '{' || text.front() == '#' || text.front() == '!')) {
        // ${#x}, ${!x}; but $# and $! are names
        if (text.front() != '{' && name_length(text.substr(1)) == 0) {
            break;
        }
        text.remove_prefix(1);
    }
    if (!text.empty()) {
        names.insert(std::string(text.substr(0, std::max<std::size_t>(1, name_length(text)))));
    }
}

void add_dollars(std::string_view text, Names& names) {
    for (std::size_t at = text.find('$'); at != std::string_view::npos;
         at = text.find('$', at + 1)) {
        add_name(text.substr(at + 1), names);
    }
}

/// Arithmetic and tests know variables without a '$' too.
void add_all(std::string_view text, Names& names) {
    add_dollars(text, names);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = name_length(text.substr(at));
        if (size > 0) {
            names.insert(std::string(text.substr(at, size)));
        }
        at += std::max<std::size_t>(1, size);
    }
}

void add_word(const Word& word, Names& names) {
    for (const Piece& piece : word.pieces) {
        switch (piece.kind) {
            case Piece::Kind::parameter:
                add_name(piece.value, names);
                add_dollars(std::string_view(piece.value).substr(piece.value.empty() ? 0 : 1),
                            names);
                break;
            case Piece::Kind::command:
                if (!piece.body) {
                    add_dollars(piece.value, names);
                }
                break;
            case Piece::Kind::arithmetic:
            case Piece::Kind::array: add_all(piece.value, names); break;
            default: break;
        }
    }
}

}  // namespace

std::set<std::string> expanded_names(std::string_view text) {
    Names names;
    const Parsed parsed = parse(text);
    if (parsed.error) {
        add_all(text, names);
        return names;
    }
    visit_commands(parsed.script.list, [&](const Command& command) {
        if (command.kind == Command::Kind::test || command.kind == Command::Kind::arithmetic ||
            command.kind == Command::Kind::loop) {
            const std::size_t end = command.kind == Command::Kind::loop &&
                                            !command.bodies.empty() &&
                                            !command.bodies.back().chains.empty()
                                        ? command.bodies.back().chains.front().range.begin
                                        : command.range.end;
            const std::string_view part =
                text.substr(command.range.begin, end - command.range.begin);
            if (command.kind != Command::Kind::loop || part.starts_with("for ((") ||
                part.starts_with("for((")) {
                add_all(part, names);
            }
        }
        visit_words(command, [&](const Word& word) { add_word(word, names); });
        for (const auto& redirect : command.redirects) {
            if (redirect->kind == Redirect::Kind::here_document && redirect->expands) {
                add_dollars(redirect->body, names);
            }
        }
    });
    return names;
}

bool depends_on_shell(std::string_view text) {
    // most texts need no second look
    constexpr std::string_view kSigns[] = {"$$", "${$", "PPID", "LINENO", "BASH"};
    if (std::none_of(std::begin(kSigns), std::end(kSigns), [&](std::string_view sign) {
            return text.find(sign) != std::string_view::npos;
        })) {
        return false;
    }
    const Names names = expanded_names(text);
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name == "$" || name == "PPID" || name == "LINENO" || name.starts_with("BASH");
    });
}

bool asks_for_status(std::string_view text) {
    const Names names = expanded_names(text);
    return names.contains("?") || names.contains("!") || names.contains("PIPESTATUS");
}

bool looks_beside_itself(std::string_view text) {
    constexpr std::string_view kPrograms[] = {".",        "cd",       "dirname",
                                              "readlink", "realpath", "source"};
    const auto is_itself = [](std::string_view name) {
        return name.starts_with("BASH_SOURCE") || name == "0";
    };
    bool found = false;
    visit_commands(parse(text).script.list, [&](const Command& command) {
        const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
        const bool asks = name && std::find(std::begin(kPrograms), std::end(kPrograms), *name) !=
                                      std::end(kPrograms);
        visit_words(command, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                const bool parameter = piece.kind == Piece::Kind::parameter;
                found = found || (parameter && asks && is_itself(piece.value)) ||
                        (parameter && (piece.value.starts_with("0%") ||
                                       (piece.value.starts_with("BASH_SOURCE") &&
                                        piece.value.find('%') != std::string::npos)));
                if (piece.kind == Piece::Kind::command && !piece.body) {  // `..`
                    const std::set<std::string> names = expanded_names(piece.value);
                    found = found || names.contains("0") || names.contains("BASH_SOURCE");
                }
            }
        });
    });
    return found;
}

}  // namespace pipectl::shell
