// Checks a `via` of the definition: the kind's name, its options, their types and values.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/plan/channels.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

using channel::OptionType;

struct Checked {
    std::optional<channel::Value> value;
    std::string expected;  ///< when there is no value: what would have been one
};

Checked check_number(const Scalar& scalar, const char* expected) {
    if (const auto* number = std::get_if<std::int64_t>(&scalar); number && *number >= 0) {
        return {channel::Value{static_cast<std::uint64_t>(*number)}, {}};
    }
    return {std::nullopt, expected};
}

Checked check_size(const Scalar& scalar) {
    constexpr const char* kExpected = "a size such as \"64KiB\"";
    if (const auto* text = std::get_if<std::string>(&scalar)) {
        const auto size = parse_size(*text);
        if (size.ok() && size.value() == 0) {
            return {std::nullopt, "above 0: a channel of size 0 holds nothing"};
        }
        if (size.ok()) return {channel::Value{size.value()}, {}};
        return {std::nullopt, filled("{} ({})", kExpected, size.error())};
    }
    return check_number(scalar, kExpected);
}

Checked check_mode(const Scalar& scalar) {
    constexpr std::uint64_t kHighest = 0777;
    constexpr const char* kExpected = "a file mode such as \"0600\"";
    if (const auto* text = std::get_if<std::string>(&scalar)) {
        std::uint64_t mode = 0;
        bool octal = !text->empty() && text->size() <= 4;
        for (const char digit : *text) {
            octal = octal && digit >= '0' && digit <= '7';
            mode = mode * 8 + static_cast<std::uint64_t>(digit - '0');
        }
        if (octal && mode <= kHighest) return {channel::Value{mode}, {}};
        return {std::nullopt, kExpected};
    }
    // TOML has octal numbers (0o600); a decimal 600 is above the highest mode and refused
    auto checked = check_number(scalar, kExpected);
    if (checked.value && std::get<std::uint64_t>(*checked.value) > kHighest) {
        return {std::nullopt, filled("{} or 0o600", kExpected)};
    }
    return checked;
}

/// `choices` as the table has them: "bytes|line".
Checked check_choice(std::string_view choices, const Scalar& scalar) {
    const auto* text = std::get_if<std::string>(&scalar);
    std::string expected;
    while (!choices.empty()) {
        const std::string choice(choices.substr(0, choices.find('|')));
        choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
        if (text != nullptr && *text == choice) return {channel::Value{choice}, {}};
        expected += (expected.empty() ? "\"" : " or \"") + choice + "\"";
    }
    return {std::nullopt, expected};
}

Checked check_value(const channel::Option& option, const Scalar& scalar) {
    switch (option.type) {
        case OptionType::size: return check_size(scalar);
        case OptionType::mode: return check_mode(scalar);
        case OptionType::choice: return check_choice(option.choices, scalar);
        case OptionType::integer: return check_number(scalar, "a whole number, zero or more");
        case OptionType::boolean:
            if (const auto* flag = std::get_if<bool>(&scalar)) return {channel::Value{*flag}, {}};
            return {std::nullopt, "true or false"};
        case OptionType::text:
            if (const auto* text = std::get_if<std::string>(&scalar); text && !text->empty()) {
                return {channel::Value{*text}, {}};
            }
            return {std::nullopt, "a text"};
    }
    return {};
}

void check_option(const Via::Option& option, Channel& channel, Remarks& remarks) {
    const std::string& name = option.name.value;
    std::vector<std::string> known;
    for (const channel::Option& of_kind : channel.kind->options) {
        if (of_kind.name == name) {
            const Checked checked = check_value(of_kind, option.value);
            if (checked.value) {
                channel.settings[name] = *checked.value;
            } else {
                remarks.error(option.value_place, "option '" + name + "' is " + checked.expected);
            }
            return;
        }
        known.emplace_back(of_kind.name);
    }
    const std::string kind(channel.kind->name);
    remarks.error(option.name.place,
                  "channel '" + kind + "' has no option '" + name + "'" + did_you_mean(name, known),
                  known.empty() ? "it has no options" : "it has " + quoted_list(known),
                  name.size());
}

/// "pipe, fifo, unix, tcp or file"
std::string all_kinds() {
    std::vector<std::string> names;
    for (const channel::Kind* kind : channel::kinds()) {
        names.emplace_back(kind->name);
    }
    return listed(names, names.size(), " or ");
}

}  // namespace

std::string_view option_of_word(std::string_view kind, std::string_view word) {
    const channel::Kind* const known = channel::find_kind(kind);
    if (known == nullptr) return channel::kSizeOption;
    for (const channel::Option& option : known->options) {
        const bool chooses = option.type == OptionType::choice;
        if (chooses && check_choice(option.choices, std::string(word)).value) return option.name;
    }
    return channel::kSizeOption;
}

Via read_via_word(std::string_view word) {
    const std::size_t colon = word.find(':');
    Via via;
    via.channel.value = word.substr(0, colon);
    if (colon != std::string_view::npos) {
        const std::string_view value = word.substr(colon + 1);
        via.options.push_back(
            {{std::string(option_of_word(via.channel.value, value)), {}}, std::string(value), {}});
    }
    return via;
}

Channel check_via(const Via& via, Remarks& remarks) {
    const std::string& name = via.channel.value;
    if (name.empty()) return {};  // the parser has said why
    const channel::Kind* kind = channel::find_kind(name);
    if (kind == nullptr) {
        std::vector<std::string> known;
        for (const channel::Kind* each : channel::kinds()) {
            known.emplace_back(each->name);
        }
        remarks.error(via.channel.place,
                      "there is no channel '" + name + "'" + did_you_mean(name, known),
                      "use " + all_kinds(), name.size() + kQuotes);
        return {};
    }
    Channel channel{kind, {}};
    for (const Via::Option& option : via.options) {
        check_option(option, channel, remarks);
    }
    return channel;
}

}  // namespace pipectl
