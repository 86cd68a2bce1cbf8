#include "orchestrator/definition/parameter_value.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "stages/base/text.hpp"

namespace pipectl {

namespace {

template <class Number>
std::string number_text(Number number) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
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

std::optional<double> fraction(const std::string& text) {
    const std::string bare = bare_number(text);
    double number{};
    const auto result = std::from_chars(bare.data(), bare.data() + bare.size(), number);
    if (result.ec != std::errc() || result.ptr != bare.data() + bare.size()) return std::nullopt;
    return number;
}

/// A whole number as a definition may spell it: 500, 0o755, 0xff, 1_000.
std::optional<std::int64_t> whole(const std::string& text) {
    std::string digits = bare_number(text);
    int base = 10;
    for (const auto& [prefix, of] : {std::pair{"0x", 16}, {"0o", 8}, {"0b", 2}}) {
        if (digits.starts_with(prefix)) base = of;
    }
    if (base != 10) digits.erase(0, 2);
    if (base != 10 && digits.starts_with('-')) return std::nullopt;
    std::int64_t number{};
    const char* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number, base);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return number;
}

std::optional<double> number_of(const std::string& text) {
    if (const auto number = whole(text)) return static_cast<double>(*number);
    return fraction(text);
}

double number_of(const Scalar& scalar) {
    if (const auto* number = std::get_if<std::int64_t>(&scalar)) {
        return static_cast<double>(*number);
    }
    const auto* number = std::get_if<double>(&scalar);
    return number != nullptr ? *number : 0;
}

bool is_number(ParameterType type) {
    return type == ParameterType::integer || type == ParameterType::number;
}

/// "at least 0", "from 0 to 9"; empty without bounds.
std::string bounds(const Parameter& parameter) {
    if (parameter.min && parameter.max) {
        return "from " + scalar_text(*parameter.min) + " to " + scalar_text(*parameter.max);
    }
    if (parameter.min) return "at least " + scalar_text(*parameter.min);
    return parameter.max ? "at most " + scalar_text(*parameter.max) : "";
}

bool is_choice(const Parameter& parameter, const std::string& value) {
    const bool numbers = is_number(type_of(parameter));
    return std::any_of(parameter.choices.begin(), parameter.choices.end(), [&](const Scalar& each) {
        return scalar_text(each) == value || (numbers && number_of(value) == number_of(each));
    });
}

std::string choices_list(const Parameter& parameter) {
    std::vector<std::string> words;
    for (const Scalar& each : parameter.choices) {
        words.push_back(scalar_text(each));
    }
    return quoted_list(words);
}

std::string type_mismatch(ParameterType type, const std::string& text) {
    switch (type) {
        case ParameterType::boolean:
            return text == "true" || text == "false" ? "" : "true or false";
        case ParameterType::integer: return whole(text) ? "" : "a whole number";
        case ParameterType::number: return number_of(text) ? "" : "a number";
        case ParameterType::path: return text.empty() ? "the path of a file" : "";
        case ParameterType::string:
        case ParameterType::list: break;
    }
    return {};
}

}  // namespace

const std::vector<std::string>& parameter_type_names() {
    static const std::vector<std::string> names = {"string",  "integer", "number",
                                                   "boolean", "path",    "list"};
    return names;
}

ParameterType type_of(const Parameter& parameter) {
    if (parameter.type) return *parameter.type;
    if (parameter.default_list || parameter.default_glob) return ParameterType::list;
    if (!parameter.default_value) return ParameterType::string;
    constexpr std::array kByScalar = {ParameterType::boolean, ParameterType::integer,
                                      ParameterType::number, ParameterType::string};
    return kByScalar.at(parameter.default_value->index());
}

bool has_default(const Parameter& parameter) {
    return parameter.default_value || parameter.default_list || parameter.default_glob;
}

std::string scalar_text(const Scalar& scalar) {
    if (const auto* flag = std::get_if<bool>(&scalar)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&scalar)) return number_text(*number);
    if (const auto* text = std::get_if<std::string>(&scalar)) return *text;
    std::string text = number_text(std::get<double>(scalar));
    // whoever writes 1.0 expects to see 1.0
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
    return text;
}

std::string default_text(const Parameter& parameter) {
    if (parameter.default_glob) return parameter.default_glob->value;
    if (parameter.default_list) {
        std::string all;
        for (const std::string& each : *parameter.default_list) {
            all += (all.empty() ? "" : " ") + quote_word(each);
        }
        return all;
    }
    if (!parameter.default_value) return {};
    return parameter.spelling.empty() ? scalar_text(*parameter.default_value) : parameter.spelling;
}

std::string value_mismatch(const Parameter& parameter, const std::string& value) {
    const ParameterType type = type_of(parameter);
    if (std::string wrong = type_mismatch(type, value); !wrong.empty()) return wrong;
    if (!parameter.choices.empty() && !is_choice(parameter, value)) {
        return (parameter.choices.size() > 1 ? "one of " : "") + choices_list(parameter);
    }
    if (!is_number(type)) return {};
    const std::optional<double> number = number_of(value);
    const bool small = parameter.min && *number < number_of(*parameter.min);
    const bool large = parameter.max && *number > number_of(*parameter.max);
    return small || large ? bounds(parameter) : "";
}

std::string describe_values(const Parameter& parameter) {
    const ParameterType type = type_of(parameter);
    std::string text = parameter_type_names().at(static_cast<std::size_t>(type));
    if (!parameter.choices.empty()) {
        text = (parameter.choices.size() > 1 ? "one of " : "only ") + choices_list(parameter);
    }
    if (const std::string within = bounds(parameter); !within.empty()) text += ", " + within;
    if (parameter.default_glob) return text + "; the files " + parameter.default_glob->value;
    if (!has_default(parameter)) return text + "; needed";
    const std::string usual = parameter.secret ? "***" : default_text(parameter);
    return text + "; default: " + (usual.empty() ? "empty" : usual);
}

}  // namespace pipectl
