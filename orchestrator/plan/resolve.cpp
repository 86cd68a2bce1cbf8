#include "orchestrator/plan/resolve.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "orchestrator/definition/parameter_value.hpp"
#include "orchestrator/plan/ports.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using PieceKind = Template::Piece::Kind;

std::string reference(const std::string& name) {
    return "${" + name + "}";
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace

Resolver::Resolver(const Definition& definition, const PlanRequest& request, Remarks& remarks)
    : definition_(definition), request_(request), remarks_(remarks) {
    set_parameters();
}

void Resolver::set_parameters() {
    Given given;
    std::unordered_map<std::string, const Parameter*> declared;
    std::vector<std::string> known;
    for (const Parameter& parameter : definition_.parameters) {
        if (parameter.name.value.find('/') != std::string::npos) continue;  // a part's
        known.push_back(parameter.name.value);
        declared.emplace(parameter.name.value, &parameter);
    }
    for (const auto& [name, value] : request_.set) {
        const auto parameter = declared.find(name);
        if (parameter != declared.end() && parameter->second->secret) secrets_.add(value);
        if (parameter == declared.end()) {
            remarks_.error(
                {}, "there is no parameter '" + name + "'" + did_you_mean(name, known),
                known.empty() ? "the definition has no [params]" : "it has " + quoted_list(known));
        }
        given[name].push_back(value);
    }
    std::vector<std::string> missing;
    std::string help;
    for (const Parameter& parameter : definition_.parameters) {
        if (parameter.bound) continue;
        const std::string& name = parameter.name.value;
        auto values = values_of(parameter, given);
        ParameterValue resolved{name, {}, parameter.secret, type_of(parameter), {}};
        if (values) {
            for (const std::string& value : *values) {
                if (resolved.secret) secrets_.add(value);
                resolved.value += (&value == values->data() ? "" : "\n") + value;
            }
            if (resolved.is_list()) resolved.values = std::move(*values);
            if (resolved.secret) secrets_.add(resolved.value);
        } else {
            resolved.value = reference(name);
            resolved.secret = false;
            missing.push_back(name);
            if (!help.empty()) help += '\n';
            help += "--set " + name + "=VALUE";
            if (parameter.env) help += ", or " + parameter.env->value + " in the environment";
            if (!parameter.help.empty()) help += "   " + parameter.help;
        }
        by_name_.emplace(name, parameters_.size());
        parameters_.push_back(std::move(resolved));
    }
    add_item();
    add_bound();
    if (!missing.empty() && !request_.allow_missing_parameters) {
        remarks_.error({},
                       std::string(missing.size() == 1 ? "parameter " : "parameters ") +
                           quoted_list(missing) + " must be set",
                       help);
    }
}

/// The variables of [for-each].
void Resolver::add_item() {
    if (!definition_.for_each) return;
    for (const Each& each : definition_.for_each->each) {
        const std::string& name = each.name.value;
        const auto value = std::find_if(request_.item.begin(), request_.item.end(),
                                        [&](const auto& of) { return of.first == name; });
        by_name_.emplace(name, parameters_.size());
        parameters_.push_back({name,
                               value == request_.item.end() ? reference(name) : value->second,
                               false,
                               ParameterType::string,
                               {}});
    }
}

/// What parts are given by the definitions that use them; of each of them it stands behind all that
/// it may refer to.
void Resolver::add_bound() {
    for (const Parameter& parameter : definition_.parameters) {
        if (!parameter.bound) continue;
        ResolvedText given = text(*parameter.bound, nullptr);
        const bool secret = parameter.secret || given.secret;
        if (secret) secrets_.add(given.value);
        const std::string expected = value_mismatch(parameter, given.value);
        const bool known = !request_.allow_missing_parameters || !given.value.starts_with("${");
        if (!expected.empty() && known) {
            remarks_.error(parameter.bound->place, "parameter '" + parameter.name.value + "' is " +
                                                       expected + ", not '" +
                                                       (secret ? "***" : given.value) + "'");
        }
        ParameterValue resolved{parameter.name.value, given.value, secret, type_of(parameter), {}};
        if (resolved.is_list()) resolved.values = {std::move(given.value)};
        by_name_.emplace(resolved.name, parameters_.size());
        parameters_.push_back(std::move(resolved));
    }
}

/// From the command line, the environment, the definition; nothing when it is in none of them.
std::optional<std::vector<std::string>> Resolver::values_of(const Parameter& parameter,
                                                            const Given& given) {
    const bool list = type_of(parameter) == ParameterType::list;
    if (const auto found = given.find(parameter.name.value); found != given.end()) {
        auto values = list ? found->second : std::vector{found->second.back()};
        check_values(parameter, values, "");
        return values;
    }
    if (const std::string* const variable = variable_of(parameter)) {
        auto values = list ? lines_of(*variable) : std::vector{*variable};
        check_values(parameter, values, " (from the environment)");
        return values;
    }
    if (parameter.default_list) return parameter.default_list;
    if (parameter.default_glob) {
        const auto found = request_.matches.find(parameter.default_glob->value);
        if (found == request_.matches.end()) return std::vector<std::string>();
        if (found->second.empty()) {
            remarks_.warning(parameter.default_glob->place,
                             "no file matches '" + found->first + "': the list '" +
                                 parameter.name.value + "' is empty",
                             {}, found->first.size() + kQuotes);
        }
        check_values(parameter, found->second, "");
        return found->second;
    }
    if (parameter.default_value) return std::vector{default_text(parameter)};
    return std::nullopt;
}

void Resolver::check_values(const Parameter& parameter, const std::vector<std::string>& values,
                            const char* source) {
    for (const std::string& value : values) {
        const std::string expected = value_mismatch(parameter, value);
        if (expected.empty()) continue;
        remarks_.error({}, "parameter '" + parameter.name.value + "'" + source + " is " + expected +
                               ", not '" + (parameter.secret ? "***" : value) + "'");
    }
}

/// A variable of the file wins over that of the environment, as it does in a stage.
const std::string* Resolver::variable(const std::string& name) const {
    const auto& file = request_.env_file;
    const auto at = std::find_if(file.rbegin(), file.rend(),
                                 [&](const auto& each) { return each.first == name; });
    if (at != file.rend()) return &at->second;
    const auto found = request_.environment.find(name);
    return found == request_.environment.end() ? nullptr : &found->second;
}

const std::string* Resolver::variable_of(const Parameter& parameter) const {
    return parameter.env ? variable(parameter.env->value) : nullptr;
}

std::string Resolver::environment_value(const std::string& name, Place place) const {
    if (const std::string* const value = variable(name)) return *value;
    std::string message = "the environment has no variable '" + name + "'";
    if (suggestions_.answers()) {
        std::vector<std::string> known;
        for (const auto& [variable, value] : request_.environment) {
            known.push_back(variable);
        }
        message += suggestions_.did_you_mean(name, known);
    }
    const std::size_t length = reference("env." + name).size();
    if (request_.allow_missing_parameters) {
        // a machine that only checks a definition need not have what the one that runs it has
        remarks_.warning(place, message, {}, length);
    } else {
        remarks_.error(place, message, "set it, or make it a parameter with a default", length);
    }
    return reference("env." + name);
}

ResolvedText Resolver::text(const Template& of, const Stage* stage) const {
    ResolvedText result;
    const auto add = [&result](const std::string& value) {
        result.value += value;
        result.shown += value;
    };
    for (const Template::Piece& piece : of.pieces) {
        switch (piece.kind) {
            case PieceKind::text: add(piece.value); break;
            case PieceKind::environment:
                add(environment_value(piece.value, piece.place.known() ? piece.place : of.place));
                break;
            case PieceKind::words:
            case PieceKind::parameter: {
                // a name that the parser has refused stays as it is
                const ParameterValue* const parameter = find(piece.value);
                if (parameter == nullptr) {
                    add(reference(piece.value));
                    break;
                }
                const std::string value = part_of(*parameter, piece.value);
                result.value += value;
                result.shown += parameter->secret ? "***" : value;
                result.secret = result.secret || parameter->secret;
                break;
            }
            case PieceKind::input: {
                const auto port = stage ? find_input(*stage, piece.value) : std::nullopt;
                add(port ? descriptor_path(input_descriptor(*stage, *port))
                         : reference("in." + piece.value));
                break;
            }
            case PieceKind::output: {
                const auto port = stage ? find_output(*stage, piece.value) : std::nullopt;
                add(port ? descriptor_path(output_descriptor(*stage, *port))
                         : reference("out." + piece.value));
                break;
            }
            case PieceKind::shared:
                result.regions.emplace_back(result.value.size(), piece.value);
                result.shown += reference("shared." + piece.value);
                break;
            case PieceKind::replica:
                result.regions.emplace_back(result.value.size(), "");
                result.shown += reference(piece.value);
                break;
        }
    }
    // the value may have come another way too, such as from the environment
    const std::string before = result.shown;
    secrets_.mask(result.shown);
    result.secret = result.secret || result.shown != before;
    return result;
}

std::string Resolver::folder() const {
    if (!definition_.cwd) return {};
    const std::filesystem::path own = std::filesystem::path(request_.source).parent_path();
    const std::filesystem::path wanted = public_text(*definition_.cwd, nullptr);
    std::string folder = (own / wanted).lexically_normal().string();
    if (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    return folder.empty() ? "." : folder;
}

const ParameterValue* Resolver::find(const std::string& name) const {
    const auto found = by_name_.find(name.substr(0, name.find('.')));
    return found == by_name_.end() ? nullptr : &parameters_[found->second];
}

/// "file.name" is the last part of the path, "file.stem" that without what stands behind its last
/// dot. Of a parameter that is not set the reference itself.
std::string Resolver::part_of(const ParameterValue& parameter, const std::string& reference_name) {
    const std::size_t dot = reference_name.find('.');
    if (dot == std::string::npos) return parameter.value;
    if (parameter.value == reference(parameter.name)) return reference(reference_name);
    const std::filesystem::path path(parameter.value);
    return reference_name.substr(dot) == ".stem" ? path.stem().string() : path.filename().string();
}

std::vector<ResolvedText> Resolver::words(const Template& of, const Stage* stage) const {
    const bool alone = of.pieces.size() == 1;
    const ParameterValue* const list = alone && (of.pieces.front().kind == PieceKind::words ||
                                                 of.pieces.front().kind == PieceKind::parameter)
                                           ? find(of.pieces.front().value)
                                           : nullptr;
    if (list == nullptr) return {text(of, stage)};
    const std::string& name = list->name;
    if (of.pieces.front().kind == PieceKind::parameter) {
        if (list->is_list()) {
            remarks_.warning(of.place,
                             "the list '" + name + "' is one word here, with a value a line",
                             "each value a word of its own: \"${" + name + "...}\"",
                             reference(name).size() + kQuotes);
        }
        return {text(of, stage)};
    }
    if (!list->is_list()) {
        remarks_.error(of.place, "parameter '" + name + "' is no list",
                       "without the dots: \"" + reference(name) + "\"; a list has type = \"list\"",
                       reference(name + "...").size() + kQuotes);
        return {text(of, stage)};
    }
    std::vector<ResolvedText> words;
    for (const std::string& value : list->values) {
        ResolvedText word{value, list->secret ? "***" : value, list->secret, {}};
        secrets_.mask(word.shown);
        words.push_back(std::move(word));
    }
    return words;
}

bool Resolver::names_secret(const Template& of) const {
    return std::any_of(of.pieces.begin(), of.pieces.end(), [this](const Template::Piece& piece) {
        const ParameterValue* const found = find(piece.value);
        return piece.kind == PieceKind::parameter && found != nullptr && found->secret;
    });
}

std::string Resolver::public_text(const Template& of, const Stage* stage) const {
    const ResolvedText resolved = text(of, stage);
    if (names_secret(of)) {
        remarks_.error(of.place, "a secret parameter cannot be part of a path: paths are shown",
                       "pass it to a stage by `env`, `stdin = { text = .. }` or its arguments");
    }
    return resolved.value;
}

std::string Resolver::script(const Template& of, const Stage& stage) {
    std::string result;
    for (const Template::Piece& piece : of.pieces) {
        switch (piece.kind) {
            case PieceKind::text: result += piece.value; break;
            case PieceKind::replica:
            case PieceKind::words:
            case PieceKind::parameter: result += reference(variable_name(piece.value)); break;
            case PieceKind::environment: result += reference(piece.value); break;
            case PieceKind::shared:
                result += reference("PIPECTL_SHARED_" + variable_name(piece.value));
                break;
            case PieceKind::input:
                if (const auto port = find_input(stage, piece.value)) {
                    result += descriptor_path(input_descriptor(stage, *port));
                }
                break;
            case PieceKind::output:
                if (const auto port = find_output(stage, piece.value)) {
                    result += descriptor_path(output_descriptor(stage, *port));
                }
                break;
        }
    }
    return result;
}

bool Resolver::is_of(const ParameterValue& parameter, const Stage& stage) {
    const std::string& name = stage.name.value;
    const std::string& of = parameter.name;
    return name.substr(0, name.rfind('/') + 1) == of.substr(0, of.rfind('/') + 1);
}

std::string Resolver::variable_name(const std::string& name) {
    std::string result = name.substr(name.rfind('/') + 1);
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    return result;
}

}  // namespace pipectl
