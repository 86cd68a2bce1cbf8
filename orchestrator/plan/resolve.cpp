#include "orchestrator/plan/resolve.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

#include "orchestrator/plan/ports.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using PieceKind = Template::Piece::Kind;

template <class Number>
std::string number_text(Number number) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
}

std::string scalar_text(const Scalar& scalar) {
    if (const auto* flag = std::get_if<bool>(&scalar)) return *flag ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&scalar)) return number_text(*whole);
    if (const auto* text = std::get_if<std::string>(&scalar)) return *text;
    std::string text = number_text(std::get<double>(scalar));
    // whoever writes 1.0 expects to see 1.0
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
    return text;
}

bool is_fraction(const std::string& text) {
    double number{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// The underscores between digits, and the '+', that TOML allows and from_chars does not.
std::string bare_number(const std::string& text) {
    std::string bare;
    for (std::size_t i = text.starts_with('+') ? 1 : 0; i < text.size(); ++i) {
        const bool between = i > 0 && i + 1 < text.size() && std::isxdigit(text[i - 1]) != 0 &&
                             std::isxdigit(text[i + 1]) != 0;
        if (text[i] != '_' || !between) bare += text[i];
    }
    return bare;
}

/// A whole number as a definition may spell it: 500, 0o755, 0xff, 1_000.
bool is_whole(const std::string& text) {
    std::string digits = bare_number(text);
    int base = 10;
    for (const auto& [prefix, of] : {std::pair{"0x", 16}, {"0o", 8}, {"0b", 2}}) {
        if (digits.starts_with(prefix)) base = of;
    }
    if (base != 10) digits.erase(0, 2);
    if (base != 10 && digits.starts_with('-')) return false;
    std::int64_t number{};
    const char* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number, base);
    return result.ec == std::errc() && result.ptr == end;
}

/// What a value should have been, or empty when the text is a value of the default's type.
const char* type_mismatch(const Scalar& like, const std::string& text) {
    if (std::holds_alternative<bool>(like)) {
        return text == "true" || text == "false" ? "" : "true or false";
    }
    if (std::holds_alternative<std::int64_t>(like)) {
        return is_whole(text) ? "" : "a whole number";
    }
    if (std::holds_alternative<double>(like))
        return is_fraction(bare_number(text)) ? "" : "a number";
    return "";
}

std::string reference(const std::string& name) {
    return "${" + name + "}";
}

}  // namespace

Resolver::Resolver(const Definition& definition, const PlanRequest& request, Remarks& remarks)
    : definition_(definition), request_(request), remarks_(remarks) {
    set_parameters();
}

void Resolver::set_parameters() {
    std::unordered_map<std::string, const std::string*> given;
    std::unordered_map<std::string, const Parameter*> declared;
    std::vector<std::string> known;
    for (const Parameter& parameter : definition_.parameters) {
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
        given[name] = &value;
    }
    std::vector<std::string> missing;
    std::string help;
    for (const Parameter& parameter : definition_.parameters) {
        const std::string& name = parameter.name.value;
        ParameterValue resolved{name, {}, parameter.secret};
        if (const auto found = given.find(name); found != given.end()) {
            resolved.value = *found->second;
            check_type(parameter, resolved.value, "");
        } else if (const std::string* const variable = variable_of(parameter)) {
            resolved.value = *variable;
            check_type(parameter, resolved.value, " (from the environment)");
        } else if (parameter.default_value) {
            resolved.value = parameter.spelling.empty() ? scalar_text(*parameter.default_value)
                                                        : parameter.spelling;
        } else {
            resolved.value = reference(name);
            resolved.secret = false;
            missing.push_back(name);
            if (!help.empty()) help += '\n';
            help += "--set " + name + "=VALUE";
            if (parameter.env) help += ", or " + parameter.env->value + " in the environment";
            if (!parameter.help.empty()) help += "   " + parameter.help;
        }
        if (resolved.secret) secrets_.add(resolved.value);
        by_name_.emplace(name, parameters_.size());
        parameters_.push_back(std::move(resolved));
    }
    if (!missing.empty() && !request_.allow_missing_parameters) {
        remarks_.error({},
                       std::string(missing.size() == 1 ? "parameter " : "parameters ") +
                           quoted_list(missing) + " must be set",
                       help);
    }
}

void Resolver::check_type(const Parameter& parameter, const std::string& value,
                          const char* source) {
    const char* const expected =
        parameter.default_value ? type_mismatch(*parameter.default_value, value) : "";
    if (*expected == 0) return;
    remarks_.error({}, "parameter '" + parameter.name.value + "'" + source + " is " + expected +
                           ", not '" + (parameter.secret ? "***" : value) + "'");
}

const std::string* Resolver::variable_of(const Parameter& parameter) const {
    if (!parameter.env) return nullptr;
    const auto found = request_.environment.find(parameter.env->value);
    return found == request_.environment.end() ? nullptr : &found->second;
}

std::string Resolver::environment_value(const std::string& name, Place place) const {
    const auto found = request_.environment.find(name);
    if (found != request_.environment.end()) return found->second;
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
            case PieceKind::parameter: {
                // a name that the parser has refused stays as it is
                const auto found = by_name_.find(piece.value);
                if (found == by_name_.end()) {
                    add(reference(piece.value));
                    break;
                }
                const ParameterValue& parameter = parameters_[found->second];
                result.value += parameter.value;
                result.shown += parameter.secret ? "***" : parameter.value;
                result.secret = result.secret || parameter.secret;
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

bool Resolver::names_secret(const Template& of) const {
    return std::any_of(of.pieces.begin(), of.pieces.end(), [this](const Template::Piece& piece) {
        const auto found = by_name_.find(piece.value);
        return piece.kind == PieceKind::parameter && found != by_name_.end() &&
               parameters_[found->second].secret;
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

std::string Resolver::variable_name(const std::string& name) {
    std::string result = name;
    std::replace(result.begin(), result.end(), '-', '_');
    return result;
}

}  // namespace pipectl
