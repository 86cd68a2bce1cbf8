#include "orchestrator/cli/render_channels.hpp"

#include <algorithm>
#include <iterator>

#include "orchestrator/text/width.hpp"
#include "stages/base/json.hpp"
#include "stages/base/units.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

namespace {

using channel::Ends;
using channel::Kind;
using channel::Option;
using channel::OptionType;

constexpr std::string_view kUnits[] = {"bytes", "pages", "count"};

std::string_view name_of(OptionType type) {
    switch (type) {
        case OptionType::size: return "size";
        case OptionType::boolean: return "boolean";
        case OptionType::text: return "text";
        case OptionType::mode: return "mode";
        case OptionType::integer: return "integer";
        case OptionType::choice: return "choice";
    }
    return "";
}

std::string_view ends_of(const Kind& kind) {
    return kind.ends == Ends::direct ? "direct" : "bridged";
}

/// The columns of the table, each as wide as its widest cell.
struct Widths {
    std::size_t name = 0;
    std::size_t object = 0;
    std::size_t option = 0;
    std::size_t standard = 0;
};

Widths widths() {
    Widths wide;
    for (const Kind* kind : channel::kinds()) {
        wide.name = std::max(wide.name, kind->name.size());
        wide.object = std::max(wide.object, kind->kernel_object.size());
        for (const Option& option : kind->options) {
            wide.option = std::max(wide.option, option.name.size());
            wide.standard = std::max(wide.standard, option.default_text.size());
        }
    }
    return wide;
}

std::string text_of(const MachineLimit& limit) {
    constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;  // what the kernel has for none
    if (limit.unlimited || limit.value.value_or(0) >= kNoLimit) return "unlimited";
    if (!limit.value) return "unknown";
    return limit.unit == LimitUnit::bytes ? format_size(*limit.value)
                                          : std::to_string(*limit.value);
}

void add_limits(std::string& text, const std::vector<MachineLimit>& limits) {
    std::size_t name = 0;
    std::size_t value = 0;
    for (const MachineLimit& limit : limits) {
        name = std::max(name, limit.name.size());
        value = std::max(value, text_of(limit).size());
    }
    text += "\nlimits of this machine:\n";
    for (const MachineLimit& limit : limits) {
        text += "  " + cell(limit.name, name) + cell(text_of(limit), value);
        if (limit.unit == LimitUnit::pages) text += "pages: ";
        text += std::string(limit.meaning) + " (" + std::string(limit.source) + ")\n";
    }
}

void write_options(JsonWriter& json, const Kind& kind) {
    json.key("options").begin_array();
    for (const Option& option : kind.options) {
        json.begin_object()
            .member("name", option.name)
            .member("type", name_of(option.type))
            .key("default");
        option.default_text.empty() ? json.null() : json.value(option.default_text);
        json.member("help", option.help);
        if (!option.choices.empty()) json.member("choices", option.choices);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

std::string render_channels_text(const std::vector<MachineLimit>& limits) {
    const Widths wide = widths();
    std::string text =
        cell("channel", wide.name) + cell("kernel object", wide.object) + "ends     records\n";
    for (const Kind* kind : channel::kinds()) {
        text += cell(kind->name, wide.name) + cell(kind->kernel_object, wide.object) +
                cell(ends_of(*kind), 7) + cell(kind->keeps_records ? "yes" : "no", 7) +
                std::string(kind->summary) + "\n";
        for (const Option& option : kind->options) {
            const std::string_view standard =
                option.default_text.empty() ? "-" : option.default_text;
            text += "    " + cell(option.name, wide.option) + cell(standard, wide.standard) +
                    std::string(option.help) + "\n";
        }
    }
    add_limits(text, limits);
    return text;
}

std::string render_channels_json(const std::vector<MachineLimit>& limits) {
    JsonWriter json(2);
    json.begin_object().key("channels").begin_array();
    for (const Kind* kind : channel::kinds()) {
        json.begin_object()
            .member("name", kind->name)
            .member("kernel_object", kind->kernel_object)
            .member("ends", ends_of(*kind))
            .member("records", kind->keeps_records)
            .member("summary", kind->summary);
        write_options(json, *kind);
        json.end_object();
    }
    json.end_array().key("limits").begin_array();
    for (const MachineLimit& limit : limits) {
        json.begin_object().member("name", limit.name).key("value");
        limit.value ? json.value(*limit.value) : json.null();
        json.member("unlimited", limit.unlimited)
            .member("unit", kUnits[static_cast<std::size_t>(limit.unit)])
            .member("source", limit.source)
            .member("meaning", limit.meaning)
            .end_object();
    }
    json.end_array().end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
