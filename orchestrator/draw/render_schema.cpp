#include "orchestrator/draw/render_schema.hpp"

#include <string_view>

#include "orchestrator/definition/schema.hpp"
#include "stages/base/json.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

namespace {

using channel::Kind;
using channel::Option;
using channel::OptionType;

void add_choices(JsonWriter& json, std::string_view choices) {
    json.key("enum").begin_array();
    while (!choices.empty()) {
        const std::size_t bar = choices.find('|');
        json.value(choices.substr(0, bar));
        choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
    }
    json.end_array();
}

void add_option(JsonWriter& json, const Option& option) {
    std::string description(option.help);
    if (!option.default_text.empty()) {
        description += " (default: " + std::string(option.default_text) + ")";
    }
    json.key(option.name).begin_object().member("description", description);
    switch (option.type) {
        case OptionType::boolean: json.member("type", "boolean"); break;
        case OptionType::integer: json.member("type", "integer"); break;
        case OptionType::text: json.member("type", "string"); break;
        case OptionType::choice: add_choices(json, option.choices); break;
        case OptionType::size:
        case OptionType::mode:
            json.member("type", std::vector<std::string>{"string", "integer"});
            break;
    }
    json.end_object();
}

void add_names(JsonWriter& json) {
    json.begin_object().member("description", "the name of a channel").key("enum").begin_array();
    for (const Kind* kind : channel::kinds()) {
        json.value(kind->name);
    }
    json.end_array().end_object();
}

/// `via = { channel = "NAME", .. }`
void add_kind(JsonWriter& json, const Kind& kind) {
    json.begin_object().member("type", "object").member("description", kind.summary);
    json.key("properties").begin_object();
    json.key("channel").begin_object().member("const", kind.name).end_object();
    for (const Option& option : kind.options) {
        add_option(json, option);
    }
    json.end_object();
    json.member("required", std::vector<std::string>{"channel"});
    json.member("additionalProperties", false).end_object();
}

/// The members of a channel's schema.
std::string via_members() {
    JsonWriter json;
    json.begin_array();
    add_names(json);
    for (const Kind* kind : channel::kinds()) {
        add_kind(json, *kind);
    }
    json.end_array();
    return "\"anyOf\":" + json.take();
}

}  // namespace

std::string render_schema() {
    return Schema(via_members()).document();
}

}  // namespace pipectl
