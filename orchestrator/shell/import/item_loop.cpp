#include "orchestrator/shell/import/item_loop.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

namespace {

using ItemPiece = Template::Piece::Kind;

constexpr std::string_view kDone = "done";
/// What the variable, and others that stand for parts of its value, hold in the text.
constexpr const char* kItem = "__pipectl_item__";
constexpr std::pair<const char*, const char*> kParts[] = {{"__name", ".name"}, {"__stem", ".stem"}};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// A pattern, or words that are what they are.
std::optional<Each> items_of(const std::vector<Word>& words, const std::string& variable) {
    Each each;
    each.name = {variable, {}};
    if (words.size() == 2 && needs(words[1]) == Need::glob) {
        each.source = Each::Source::glob;
        std::string pattern;
        for (const Piece& piece : words[1].pieces) {
            const bool plain = piece.value.find_first_of("*?[\\") == std::string::npos;
            if (piece.kind != Piece::Kind::text || (piece.quoted && !plain)) return std::nullopt;
            pattern += piece.value;
        }
        // what a leading dash or a tilde would be is another question
        if (pattern.empty() || pattern.find_first_of("~{") != std::string::npos) {
            return std::nullopt;
        }
        each.text = text_template(pattern);
        return each;
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto value = literal(words[i]);
        if (!value) return std::nullopt;
        each.list.push_back(*value);
    }
    return each.list.empty() ? std::nullopt : std::optional(each);
}

/// mkdir -p: once for each item is as good as once.
bool is_mkdir(const Statement& each) {
    const Command& command = each.command();
    return each.kind == Statement::Kind::pipeline && each.line().commands.size() == 1 &&
           command.words.size() > 2 && literal(command.words[0]) == "mkdir" &&
           literal(command.words[1]) == "-p";
}

bool is_setting(const Statement& each) {
    return each.kind == Statement::Kind::assignment || each.kind == Statement::Kind::constant ||
           each.kind == Statement::Kind::exported || each.kind == Statement::Kind::options ||
           each.kind == Statement::Kind::function || is_mkdir(each);
}

/// The parts of a path that items have names for.
std::string with_parts(std::string body, const Each& each) {
    const std::string& name = each.name.value;
    std::string extension;
    if (each.source == Each::Source::glob) {
        const std::string pattern = each.text.pieces.front().value;
        const std::size_t dot = pattern.rfind('.');
        if (dot != std::string::npos && pattern.find_first_of("*?[/", dot) == std::string::npos) {
            extension = pattern.substr(dot);
        }
    }
    for (const std::string& one : {"\"$" + name + "\"", "$" + name, "\"${" + name + "}\""}) {
        replace_all(body, "$(basename " + one + ")", "${" + name + "__name}");
        if (!extension.empty()) {
            replace_all(body, "$(basename " + one + " " + extension + ")", "${" + name + "__stem}");
        }
    }
    replace_all(body, "${" + name + "##*/}", "${" + name + "__name}");
    return body;
}

template <class Visit>
void each_template(Definition& definition, const Visit& visit) {
    for (auto& [name, value] : definition.env)
        visit(value);
    for (Stage& stage : definition.stages) {
        for (Template& word : stage.run)
            visit(word);
        visit(stage.shell);
        for (auto& [name, value] : stage.env)
            visit(value);
        if (auto* const file = std::get_if<FileInput>(&stage.in)) visit(file->path);
        if (auto* const text = std::get_if<TextInput>(&stage.in)) visit(text->text);
        for (OutputSpec* const out : {&stage.out, &stage.err}) {
            if (auto* const file = std::get_if<FileOutput>(out)) visit(file->path);
        }
    }
}

bool names_item(const Template& text, const std::string& variable) {
    return std::ranges::any_of(text.pieces, [&](const Template::Piece& piece) {
        return piece.kind == ItemPiece::parameter &&
               (piece.value == variable || piece.value.starts_with(variable + "."));
    });
}

/// Two items never write one file.
bool has_own_files(const Definition& definition, const std::string& variable) {
    return std::ranges::all_of(definition.stages, [&](const Stage& stage) {
        for (const OutputSpec* const out : {&stage.out, &stage.err}) {
            const auto* const file = std::get_if<FileOutput>(out);
            if (file != nullptr && !names_item(file->path, variable)) return false;
        }
        return true;
    });
}

}  // namespace

std::optional<ItemLoop> item_loop(std::string_view text, const std::vector<Statement>& all) {
    if (all.empty() || !std::all_of(all.begin(), all.end() - 1, is_setting)) return std::nullopt;
    const Chain& chain = *all.back().chain;
    const Command& command = chain.pipelines.front().commands.front();
    const Pipeline& line = chain.pipelines.front();
    const std::string_view whole =
        text.substr(command.range.begin, command.range.end - command.range.begin);
    if (chain.pipelines.size() > 1 || chain.background || line.commands.size() > 1 ||
        line.negated || line.timed || command.kind != Command::Kind::loop ||
        !whole.starts_with("for ") || !command.redirects.empty() || command.bodies.size() != 1 ||
        command.words.empty() || command.bodies.front().chains.empty()) {
        return std::nullopt;
    }
    const auto variable = literal(command.words.front());
    if (!variable || !is_variable(*variable)) return std::nullopt;
    auto each = items_of(command.words, *variable);
    if (!each) return std::nullopt;
    // the loop's status is that of its last item, which a run does not tell
    const Chain& end_of_body = command.bodies.front().chains.back();
    if (!mild_statuses(end_of_body.pipelines.back().commands.back(), all).empty()) {
        return std::nullopt;
    }
    const std::size_t begin = command.bodies.front().chains.front().range.begin;
    const std::size_t end = command.core.end - kDone.size();
    std::string body = with_parts(std::string(text.substr(begin, end - begin)), *each);
    std::string values = *variable + "=" + kItem + "; ";
    for (const auto& [part, item] : kParts)
        values += *variable + part + "=" + kItem + "; ";
    // the lines before the body keep their numbers
    const std::string_view head = text.substr(command.range.begin, begin - command.range.begin);
    values +=
        std::string(static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')), '\n');
    return ItemLoop{std::string(text.substr(0, command.range.begin)) + values + body +
                        std::string(text.substr(command.range.end)),
                    *variable, std::move(*each)};
}

bool put_items(const ItemLoop& loop, bool errexit, Definition& definition) {
    bool alike = true;
    each_template(definition, [&](Template& text) {
        for (Template::Piece& piece : text.pieces) {
            if (piece.kind == ItemPiece::text) {
                // a value that was put there, or a shell's text that takes it as a variable
                alike = alike && piece.value.find(kItem) == std::string::npos;
                for (const auto& [part, item] : kParts) {
                    alike = alike && piece.value.find(loop.variable + part) == std::string::npos;
                }
                continue;
            }
            for (const auto& [part, item] : kParts) {
                if (piece.value == loop.variable + part) piece.value = loop.variable + item;
            }
        }
    });
    if (!alike || !has_own_files(definition, loop.variable)) return false;
    std::erase_if(definition.parameters, [&](const Parameter& each) {
        return each.name.value == loop.variable ||
               each.name.value.starts_with(loop.variable + "__");
    });
    ForEach items;
    items.jobs = 1;
    items.halt = errexit ? ForEach::Halt::now : ForEach::Halt::never;
    items.each = {loop.each};
    definition.for_each = std::move(items);
    return true;
}

}  // namespace pipectl::shell
