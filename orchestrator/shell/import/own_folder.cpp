#include "orchestrator/shell/import/own_folder.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

namespace {

/// Without quotes and braces, which change nothing here.
constexpr std::string_view kForms[] = {"$(dirname $0)",
                                       "$(dirname -- $0)",
                                       "$(dirname $BASH_SOURCE)",
                                       "$(dirname $BASH_SOURCE[0])",
                                       "$(dirname -- $BASH_SOURCE[0])",
                                       "$0%/*",
                                       "$BASH_SOURCE%/*",
                                       "$BASH_SOURCE[0]%/*"};

bool is_own_folder(std::string_view word) {
    std::string plain;
    for (const char c : word) {
        if (c != '"' && c != '{' && c != '}') plain += c;
    }
    return std::ranges::find(kForms, plain) != std::end(kForms);
}

bool leaves(const Pipeline& line) {
    const Command& command = line.commands.front();
    return line.commands.size() == 1 && !command.words.empty() &&
           literal(command.words.front()) == "exit";
}

}  // namespace

std::optional<FolderChange> folder_change(std::string_view text,
                                          const std::vector<Statement>& all) {
    for (const Statement& each : all) {
        const Chain& chain = *each.chain;
        const Command& command = chain.pipelines.front().commands.front();
        const bool cd = command.kind == Command::Kind::simple && !command.words.empty() &&
                        literal(command.words.front()) == "cd";
        if (!cd) {
            if (each.kind == Statement::Kind::assignment || each.kind == Statement::Kind::options ||
                each.kind == Statement::Kind::constant || each.kind == Statement::Kind::function) {
                continue;
            }
            return std::nullopt;
        }
        const bool alone = chain.pipelines.size() == 1 ||
                           (chain.pipelines.size() == 2 && chain.otherwise.front() &&
                            leaves(chain.pipelines.back()));
        const std::size_t last = command.words.size() - 1;
        const bool plain = last == 1 || (last == 2 && literal(command.words[1]) == "--");
        const Range word = command.words[last].range;
        if (!alone || !plain || chain.background) return std::nullopt;
        if (is_own_folder(text.substr(word.begin, word.end - word.begin))) {
            return FolderChange{chain.range};
        }
        const auto folder = literal(command.words[last]);
        if (!folder || folder->empty() || folder->starts_with('-')) return std::nullopt;
        return FolderChange{chain.range, folder};
    }
    return std::nullopt;
}

bool move_into(const FolderChange& change, Definition& definition) {
    if (!change.folder) {
        definition.cwd = text_template(".");
        return true;
    }
    if (definition.for_each) return false;
    for (Stage& stage : definition.stages) {
        stage.cwd = text_template(*change.folder);
        std::vector<Template*> paths;
        if (auto* const file = std::get_if<FileInput>(&stage.in)) paths.push_back(&file->path);
        for (OutputSpec* const out : {&stage.out, &stage.err}) {
            if (auto* const file = std::get_if<FileOutput>(out)) paths.push_back(&file->path);
        }
        for (Template* const path : paths) {
            if (path->pieces.empty() || path->pieces.front().kind != Template::Piece::Kind::text) {
                return false;
            }
            std::string& begin = path->pieces.front().value;
            if (!begin.starts_with('/')) begin.insert(0, *change.folder + "/");
        }
    }
    return true;
}

}  // namespace pipectl::shell
