#include "orchestrator/shell/import/settings_values.hpp"

#include <algorithm>

#include "orchestrator/shell/commands/special_variables.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

Pieces value_pieces(const Word& word, std::size_t name) {
    Pieces pieces = word.pieces;
    pieces.front().value.erase(0, name + 1);
    std::erase_if(pieces, [](const Piece& piece) {
        return piece.kind == Piece::Kind::text && piece.value.empty();
    });
    return pieces;
}

std::string template_pattern(const Template& text, const PathNames& names) {
    Pieces pieces;
    for (const Template::Piece& each : text.pieces) {
        const bool plain = each.kind == Template::Piece::Kind::text;
        pieces.push_back(
            {plain ? Piece::Kind::text : Piece::Kind::parameter, true, each.value, {}, nullptr});
    }
    return pieces_pattern(pieces, names);
}

std::optional<Pieces> default_pieces(const Piece& piece, std::string_view raw) {
    const bool quotes = raw.find_first_of("'\"") != std::string_view::npos;
    if (raw.find_first_of("\\`") != std::string_view::npos || (quotes && piece.quoted)) {
        return std::nullopt;
    }
    const std::string text = "x=" + (quotes ? std::string(raw) : '"' + std::string(raw) + '"');
    const Parsed parsed = parse(text);
    if (parsed.error || parsed.script.list.chains.size() != 1) {
        return std::nullopt;
    }
    const Command& command = parsed.script.list.chains.front().pipelines.front().commands.front();
    if (command.assignments.size() != 1 || !command.words.empty() ||
        command.range.end != text.size()) {
        return std::nullopt;
    }
    return value_pieces(command.assignments.front(), 1);
}

const Variable* find_variable(const Settings& settings, const std::string& name) {
    const auto found = std::find_if(settings.variables.begin(), settings.variables.end(),
                                    [&](const Variable& each) { return each.name == name; });
    return found == settings.variables.end() ? nullptr : &*found;
}

std::optional<Value> value_of(const Pieces& pieces, const Settings& so_far) {
    using Kind = Template::Piece::Kind;
    Value value;
    value.fixed = "";
    for (const Piece& piece : pieces) {
        if (piece.kind == Piece::Kind::text) {
            if (!piece.quoted && piece.value.find('~') != std::string::npos) {
                return std::nullopt;
            }
            append(value.text, Kind::text, piece.value);
            value.fixed = value.fixed ? std::optional(*value.fixed + piece.value) : value.fixed;
            value.one_word =
                value.one_word && piece.value.find_first_of(" \t\n*?[") == std::string::npos;
            continue;
        }
        // "$" in front of a reference would be a literal one
        const bool dollar = !value.text.pieces.empty() &&
                            value.text.pieces.back().kind == Kind::text &&
                            value.text.pieces.back().value.ends_with('$');
        if (piece.kind != Piece::Kind::parameter || !is_variable(piece.value) || dollar ||
            is_of_shell(piece.value) || so_far.names.temporaries.contains(piece.value) ||
            so_far.jobs.contains(piece.value)) {
            return std::nullopt;
        }
        value.refers = true;
        const Variable* known = find_variable(so_far, piece.value);
        if (known == nullptr) {
            append(value.text, Kind::environment, piece.value);
            value.fixed.reset();
            value.one_word = false;
            continue;
        }
        if (known->derived) {
            append(value.text, *known->derived);
        } else {
            append(value.text, Kind::parameter, known->name);
        }
        const auto fixed = so_far.names.values.find(known->name);
        value.fixed = value.fixed && fixed != so_far.names.values.end()
                          ? std::optional(*value.fixed + fixed->second)
                          : std::nullopt;
        value.one_word = value.one_word && known->one_word;
    }
    return value;
}

}  // namespace pipectl::shell
