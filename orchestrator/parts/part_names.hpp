#pragma once

// The names of a definition that is used as a stage: with that stage's name before them, and what
// in a stage can refer to others.
//
// Internal to this folder.

#include <string>
#include <variant>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// Its own name, and those of the stages that it speaks of.
template <class Visit>
void visit_names(Stage& stage, Visit visit) {
    const auto visit_feeds = [&](std::vector<Feed>& feeds) {
        for (Feed& feed : feeds) {
            visit(feed.stage);
        }
    };
    visit(stage.name);
    visit_feeds(stage.from);
    if (stage.talks_to) visit(stage.talks_to->stage);
    for (InputPort& port : stage.inputs) {
        visit_feeds(port.feeds);
    }
    for (After& after : stage.after) {
        visit(after.stage);
    }
    for (Notice& notice : stage.notify) {
        visit(notice.stage);
    }
}

/// The texts in which parameters can stand.
template <class Visit>
void visit_texts(Stage& stage, Visit visit) {
    for (Template& word : stage.run) {
        visit(word);
    }
    visit(stage.shell);
    if (auto* text = std::get_if<TextInput>(&stage.in)) visit(text->text);
    if (auto* file = std::get_if<FileInput>(&stage.in)) visit(file->path);
    if (auto* end = std::get_if<Endpoint>(&stage.in)) visit(end->address);
    for (OutputSpec* const out : {&stage.out, &stage.err}) {
        if (auto* file = std::get_if<FileOutput>(out)) visit(file->path);
        if (auto* end = std::get_if<Endpoint>(out)) visit(end->address);
    }
    if (stage.lock) visit(stage.lock->file);
    for (auto& [name, value] : stage.env) {
        visit(value);
    }
    if (stage.cwd) visit(*stage.cwd);
}

/// The piece stands for a parameter.
inline bool names_parameter(const Template::Piece& piece) {
    return piece.kind == Template::Piece::Kind::parameter ||
           piece.kind == Template::Piece::Kind::words;
}

/// Of its stages, its parameters, and of all that refers to them; `prefix` is "clean/".
void put_before_names(Definition& definition, const std::string& prefix);

}  // namespace pipectl
