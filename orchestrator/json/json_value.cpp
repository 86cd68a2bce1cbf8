#include "orchestrator/json/json_value.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stages/base/sentence.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using nlohmann::json;

/// A record has five, a plan eight; the library's own stack is the heap, its users' might not be.
constexpr int kDeepest = 16;

const char* type_of(const json& value) {
    switch (value.type()) {
        case json::value_t::null: return "null";
        case json::value_t::object: return "an object";
        case json::value_t::array: return "an array";
        case json::value_t::string: return "a text";
        case json::value_t::boolean: return "true or false";
        default: return "a number";
    }
}

/// "line 3, column 7" of a byte, counted from 1.
std::string place_of(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n');
    const std::size_t column =
        before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1);
    return filled("line {}, column {}", lines + 1, column + 1);
}

/// The library's reason without its own number and place: "... parse error at line 1, column 2:
/// syntax error while parsing value - invalid literal; last read: 'x'".
std::string reason_of(const json::exception& error) {
    const std::string_view all = error.what();
    const std::size_t colon = all.find(": ");
    return one_line(colon == std::string_view::npos ? all : all.substr(colon + 2));
}

}  // namespace

JsonDocument parse_json(std::string_view text) {
    const auto guard = [](int depth, json::parse_event_t event, json&) {
        const bool opens =
            event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth > kDeepest) {
            throw JsonError(filled("it is nested more than {} deep", kDeepest));
        }
        return true;
    };
    try {
        return std::make_shared<const json>(json::parse(text, guard));
    } catch (const json::parse_error& error) {
        throw JsonError(
            filled("it is not JSON: {}: {}", place_of(text, error.byte), reason_of(error)));
    } catch (const json::exception& error) {  // a number beyond all bounds
        throw JsonError("it is not JSON that can be read: " + reason_of(error));
    }
}

void JsonValue::refuse(const std::string& reason) const {
    throw JsonError(path_.empty() ? reason : path_ + ": " + reason);
}

void JsonValue::expected(const char* what) const {
    refuse(filled("expected {}, found {}", what, type_of(*value_)));
}

JsonValue JsonValue::at(const std::string& name) const {
    if (!value_->is_object()) {
        expected("an object");
    }
    const auto found = value_->find(name);
    if (found == value_->end()) {
        refuse(filled("member '{}' is missing", name));
    }
    return {*found, path_.empty() ? name : path_ + "." + name};
}

std::optional<JsonValue> JsonValue::find(const char* name) const {
    if (!value_->is_object()) {
        expected("an object");
    }
    const auto found = value_->find(name);
    if (found == value_->end() || found->is_null()) {
        return std::nullopt;
    }
    return at(name);
}

bool JsonValue::is_array() const {
    return value_->is_array();
}

bool JsonValue::is_text() const {
    return value_->is_string();
}

bool JsonValue::is_flag() const {
    return value_->is_boolean();
}

bool JsonValue::is_number() const {
    return value_->is_number();
}

std::vector<JsonValue> JsonValue::elements() const {
    if (!value_->is_array()) {
        expected("an array");
    }
    std::vector<JsonValue> list;
    list.reserve(value_->size());
    for (std::size_t i = 0; i < value_->size(); ++i) {
        list.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]");
    }
    return list;
}

std::vector<std::string> JsonValue::names() const {
    if (!value_->is_object()) {
        expected("an object");
    }
    std::vector<std::string> list;
    for (const auto& member : value_->items()) {
        list.push_back(member.key());
    }
    return list;
}

std::string JsonValue::text() const {
    if (!value_->is_string()) {
        expected("a text");
    }
    return value_->get<std::string>();
}

bool JsonValue::flag() const {
    if (!value_->is_boolean()) {
        expected("true or false");
    }
    return value_->get<bool>();
}

double JsonValue::number() const {
    if (!value_->is_number()) {
        expected("a number");
    }
    return value_->get<double>();
}

std::int64_t JsonValue::whole(std::int64_t least, std::int64_t most) const {
    if (!value_->is_number_integer()) {
        expected("a whole number");
    }
    const bool beyond = value_->is_number_unsigned() &&
                        value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    const std::int64_t number = beyond ? 0 : value_->get<std::int64_t>();
    if (beyond || number < least || number > most) {
        refuse(filled("the number {} is out of range", value_->dump()));
    }
    return number;
}

std::uint64_t JsonValue::whole_unsigned() const {
    if (!value_->is_number_unsigned()) {
        expected("a whole number from 0");
    }
    return value_->get<std::uint64_t>();
}

}  // namespace pipectl
