#pragma once

// Parts of a text as they were written, for a shell that is to run them; and a walk over all
// commands of a part, those inside of words included.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// A part of the text that is replaced by something else.
struct Replacement {
    Range range;
    std::string text;
};

/// The bytes of `range` with replacements, which lie inside of it and do not overlap. The lines of
/// here documents that begin in the part but stand behind it are put below.
std::string fragment(std::string_view text, Range range, const Command& command,
                     std::vector<Replacement> replacements = {});

/// The same for several commands.
std::string fragment(std::string_view text, const Chain& chain);

/// True when the name stands there by itself, not inside of a longer one.
bool mentions(std::string_view text, std::string_view name);

/// Calls `visit` for a command and all that are inside of it.
template <class Visit>
void visit_commands(const Command& command, const Visit& visit);

template <class Visit>
void visit_words(const Command& command, const Visit& visit);

template <class Visit>
void visit_commands(const Chain& chain, const Visit& visit) {
    for (const Pipeline& pipeline : chain.pipelines) {
        for (const Command& each : pipeline.commands) {
            visit_commands(each, visit);
        }
    }
}

template <class Visit>
void visit_commands(const List& list, const Visit& visit) {
    for (const Chain& chain : list.chains) {
        visit_commands(chain, visit);
    }
}

/// Calls `visit` for each word that belongs to the command itself.
template <class Visit>
void visit_words(const Command& command, const Visit& visit) {
    for (const Word& word : command.assignments) {
        visit(word);
    }
    for (const Word& word : command.words) {
        visit(word);
    }
    for (const auto& redirect : command.redirects) {
        visit(redirect->target);
    }
}

template <class Visit>
void visit_commands(const Command& command, const Visit& visit) {
    visit(command);
    for (const List& body : command.bodies) {
        visit_commands(body, visit);
    }
    visit_words(command, [&](const Word& word) {
        for (const Piece& piece : word.pieces) {
            if (piece.body) {
                visit_commands(*piece.body, visit);
            }
        }
    });
}

}  // namespace pipectl::shell
