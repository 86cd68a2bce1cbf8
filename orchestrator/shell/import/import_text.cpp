#include "orchestrator/shell/import/import_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "orchestrator/shell/import/attach_comments.hpp"
#include "orchestrator/shell/import/build.hpp"
#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/import/item_loop.hpp"
#include "orchestrator/shell/import/own_folder.hpp"
#include "orchestrator/shell/import/refusals.hpp"
#include "orchestrator/shell/import/steps.hpp"
#include "orchestrator/shell/import/strict_note.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/translate/run_text.hpp"

namespace pipectl::shell {

namespace {

/// Some stage refers to the parameter.
bool is_used(const Definition& definition, const std::string& name) {
    const auto refers = [&](const Template& text) {
        return std::any_of(
            text.pieces.begin(), text.pieces.end(), [&](const Template::Piece& piece) {
                return piece.kind == Template::Piece::Kind::parameter && piece.value == name;
            });
    };
    return std::any_of(definition.stages.begin(), definition.stages.end(), [&](const Stage& stage) {
        return std::any_of(stage.run.begin(), stage.run.end(), refers) ||
               std::any_of(stage.env.begin(), stage.env.end(),
                           [&](const auto& each) { return refers(each.second); });
    });
}

/// A number where that is the same text.
Scalar default_value(const std::string& text) {
    const bool number = !text.empty() && text.size() < 16 &&
                        text.find_first_not_of("0123456789") == std::string::npos &&
                        (text.front() != '0' || text == "0");
    return number ? Scalar(std::int64_t{std::stoll(text)}) : Scalar(text);
}

/// The variables of the text; without those that only named what has become an edge.
std::vector<Parameter> parameters_of(const Facts& facts, const Graph& graph,
                                     const Definition& definition) {
    std::vector<Parameter> parameters;
    for (const Variable& each : facts.settings.variables) {
        const bool edge = graph.find_fifo(each.value) >= 0;
        if (each.derived || (edge && !is_used(definition, each.name))) {
            continue;
        }
        Parameter parameter;
        parameter.name = {each.name, {}};
        parameter.help = each.help;
        parameter.required = each.required;
        if (!each.required) {
            parameter.default_value = default_value(each.value);
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

/// The whole text as one stage of a shell, or why that is not the same.
ImportResult wrapped(const std::string& text, const std::string& name) {
    ImportResult result;
    if (looks_beside_itself(text)) {
        result.diagnostics = diagnostics_of(
            text, {{{0, text.size()},
                    "the script looks for files beside itself",
                    "a definition has none for it: give the folder as a parameter"}});
        return result;
    }
    RunText whole;
    whole.text = text;
    Imported imported;
    imported.definition = whole_text(whole).definition;
    imported.definition.name = name;
    imported.definition.strict = true;
    result.definitions.push_back(std::move(imported));
    return result;
}

ImportResult finished(const Facts& facts, Built built, const ImportOptions& options) {
    Graph& graph = built.translation.graph;
    const bool strict = !options.shell_rules;
    const bool joined = graph.nodes.back().label == "output";
    graph.move_to_end(joined && strict ? static_cast<int>(graph.nodes.size()) - 1
                                       : built.translation.main);
    Imported imported;
    Definition& definition = imported.definition;
    definition = make_definition(graph, facts.text);
    definition.name = options.name;
    definition.strict = strict;
    definition.env = facts.settings.environment;
    definition.parameters = parameters_of(facts, graph, definition);
    attach_comments(facts.text, facts.script, graph,
                    facts.rows.empty() ? facts.text.size() : facts.rows.front().range.begin,
                    imported);
    ImportResult result;
    result.note = strict_note(built.translation);
    if (!result.note.empty()) {
        imported.comments.header.push_back(" " + result.note);
    }
    result.definitions.push_back(std::move(imported));
    return result;
}

/// "line 3", "lines 3, 7 and 9"
std::string listed_lines(const std::vector<int>& lines) {
    std::string text = lines.size() == 1 ? "line " : "lines ";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == lines.size() ? " and " : ", ") + std::to_string(lines[i]);
    }
    return text;
}

/// With statements as stages of a shell; nothing when there is a reason against that too.
std::optional<ImportResult> import_in_steps(const std::string& text, const ImportOptions& options,
                                            const Machine& machine,
                                            const std::vector<Refusal>& reasons) {
    Parsed parsed = parse(text);
    std::set<std::size_t> refused;
    for (const Refusal& each : reasons)
        refused.insert(each.range.begin);
    const auto steps = steps_of(text, statements(parsed.script.list), refused);
    if (!steps) return std::nullopt;
    parsed = parse(steps->text);
    if (parsed.error) return std::nullopt;
    const Facts facts = gather(steps->text, std::move(parsed.script), machine, steps->begins);
    Built built = build(facts, options, machine);
    if (!all_reasons(facts, built).empty()) return std::nullopt;
    ImportResult result = finished(facts, std::move(built), options);
    const std::string note = "a shell runs what begins on " + listed_lines(steps->lines) +
                             ", by the shell's rules inside of it";
    result.note += (result.note.empty() ? "" : "; ") + note;
    result.definitions.front().comments.header.push_back(" " + note);
    return result;
}

/// A text that begins with `cd`.
std::optional<ImportResult> import_from_folder(const std::string& text,
                                               const ImportOptions& options,
                                               const Machine& machine) {
    const Parsed parsed = parse(text);
    const auto change = folder_change(text, statements(parsed.script.list));
    if (!change) return std::nullopt;
    std::string rest = text;
    rest.replace(change->range.begin, change->range.end - change->range.begin, ":");
    ImportOptions plain = options;
    plain.wrap = false;
    ImportResult result = import_text({.name = "", .text = rest}, plain, machine);
    if (has_errors(result.diagnostics)) return std::nullopt;
    for (Imported& each : result.definitions) {
        if (!move_into(*change, each.definition)) return std::nullopt;
    }
    return result;
}

/// A text that is a loop over files or words, as a [for-each].
std::optional<ImportResult> import_for_each(const std::string& text, const ImportOptions& options,
                                            const Machine& machine) {
    Parsed parsed = parse(text);
    const auto loop = item_loop(text, statements(parsed.script.list));
    if (!loop) return std::nullopt;
    parsed = parse(loop->text);
    if (parsed.error) return std::nullopt;
    const Facts facts = gather(loop->text, std::move(parsed.script), machine);
    Built built = build(facts, options, machine);
    if (!all_reasons(facts, built).empty()) return std::nullopt;
    ImportResult result = finished(facts, std::move(built), options);
    if (!put_items(*loop, facts.settings.errexit, result.definitions.front().definition)) {
        return std::nullopt;
    }
    return result;
}

}  // namespace

ImportResult import_text(const SourceText& source, const ImportOptions& options,
                         const Machine& machine) {
    ImportResult result;
    const std::string& text = source.text;
    if (const auto wrong = reason_against_bytes(text)) {
        result.diagnostics = diagnostics_of(text, {*wrong});
        return result;
    }
    Parsed parsed = parse(text);
    if (parsed.error) {
        result.diagnostics.push_back(*parsed.error);
        return result;
    }
    const Facts facts = gather(text, std::move(parsed.script), machine);
    Built built = build(facts, options, machine);
    const std::vector<Refusal> reasons = all_reasons(facts, built);
    if (reasons.empty()) {
        return finished(facts, std::move(built), options);
    }
    if (auto from_folder = import_from_folder(text, options, machine)) {
        return std::move(*from_folder);
    }
    if (auto once_each = import_for_each(text, options, machine)) return std::move(*once_each);
    if (auto in_steps = import_in_steps(text, options, machine, reasons))
        return std::move(*in_steps);
    if (options.wrap) {
        return wrapped(text, options.name);
    }
    result.diagnostics = diagnostics_of(text, reasons);
    return result;
}

}  // namespace pipectl::shell
