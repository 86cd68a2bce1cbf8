#pragma once

// Texts of a definition, put together.

#include <string>
#include <utility>

#include "orchestrator/definition/definition.hpp"

namespace pipectl::shell {

inline Template text_template(std::string text) {
    Template made;
    made.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
    return made;
}

inline void append(Template& made, Template::Piece::Kind kind, const std::string& value) {
    if (kind == Template::Piece::Kind::text && !made.pieces.empty() &&
        made.pieces.back().kind == kind) {
        made.pieces.back().value += value;
    } else {
        made.pieces.push_back({kind, value});
    }
}

inline void append(Template& made, const Template& more) {
    for (const Template::Piece& piece : more.pieces) {
        append(made, piece.kind, piece.value);
    }
}

}  // namespace pipectl::shell
