// Types of what an edge is: its channel, its room, how it is shared and gathered.

#include <algorithm>
#include <array>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

constexpr std::int64_t kLargestField = 1'000'000;
constexpr std::array<const char*, 4> kSharingWords = {"copy", "deal", "hash", "type"};

/// `{ channel = "NAME", OPTION = .. }`: false when it names no channel.
bool read_via_table(Reader& reader, const Entry& entry, const toml::table& table, Via& via) {
    for (const Entry& part : entries_of(table)) {
        const Place place = span_of(*part.value).place;
        if (part.name == "channel") {
            const auto channel = reader.text(part);
            if (!channel) return false;
            via.channel = {*channel, place};
        } else if (auto value = reader.scalar(part)) {
            via.options.push_back(
                {{std::string(part.name), span_of(*part.key).place}, std::move(*value), place});
        }
    }
    if (via.channel.place.known()) return true;
    reader.error(span_of(*entry.value), "'via' as a table needs 'channel'",
                 "for instance via = { channel = \"pipe\", size = \"1MiB\" }");
    return false;
}

std::optional<Via> read_via(Reading& reading, const Entry& entry) {
    Via via;
    if (const toml::table* table = entry.value->as_table()) {
        if (!read_via_table(reading.reader, entry, *table, via)) return std::nullopt;
    } else {
        auto channel =
            reading.reader.text(entry, "the name of a channel or a table { channel = \"..\", .. }");
        if (!channel) return std::nullopt;
        via.channel = {std::move(*channel), span_of(*entry.value).place};
    }
    if (via.channel.value.empty()) {
        reading.reader.error({via.channel.place, 2}, "the name of a channel is empty");
        return std::nullopt;
    }
    return via;
}

std::string write_via(const Via& via, std::size_t /*column*/) {
    if (via.options.empty()) return toml_basic(via.channel.value);
    std::vector<std::string> entries = {"channel = " + toml_basic(via.channel.value)};
    for (const Via::Option& option : via.options) {
        entries.push_back(toml_key(option.name.value) + " = " + toml_scalar(option.value));
    }
    return toml_table(entries);
}

std::optional<Buffer> read_buffer(Reading& reading, const Entry& entry) {
    Buffer buffer;
    buffer.place = span_of(*entry.value).place;
    const auto* text = entry.value->as_string();
    const bool spill = text != nullptr && text->get() == "spill";
    if (const toml::table* table = entry.value->as_table(); table != nullptr || spill) {
        buffer.kind = Buffer::Kind::spill;
        if (table != nullptr) read_keys(reading, *table, kBufferTable, buffer);
        return buffer;
    }
    if (text != nullptr && text->get() == "none") return buffer;
    const bool is_word = text != nullptr && !text->get().empty() &&
                         (text->get().front() < '0' || text->get().front() > '9');
    if (is_word || !(text != nullptr || entry.value->is_integer())) {
        const std::vector<std::string> words = {"spill", "none"};
        reading.reader.error(
            span_of(*entry.value),
            "'buffer' must be a size, \"spill\", \"none\" or a table { memory, disk }, not " +
                (is_word ? "'" + text->get() + "'" + reading.reader.suggestion(text->get(), words)
                         : type_name(*entry.value)));
        return std::nullopt;
    }
    const auto room = reading.reader.size(entry);
    if (!room) return std::nullopt;
    buffer.kind = *room == 0 ? Buffer::Kind::none : Buffer::Kind::bounded;
    buffer.room = *room;
    return buffer;
}

std::string write_buffer(const Buffer& buffer, std::size_t column) {
    if (buffer.kind == Buffer::Kind::none) return "\"none\"";
    if (buffer.kind == Buffer::Kind::bounded) return kSize.write(buffer.room, column);
    const auto limits = toml_entries(kBufferTable, buffer, column);
    return limits.empty() ? "\"spill\"" : toml_table(limits);
}

std::optional<FanOut::Kind> read_sharing(Reading& reading, const Entry& entry) {
    const std::vector<std::string> words(kSharingWords.begin(), kSharingWords.end());
    const auto word =
        reading.reader.text(entry, "\"copy\", \"deal\" or a table { by = \"hash\", field = 1 }");
    if (!word) return std::nullopt;
    const auto known = std::find(words.begin(), words.end(), *word);
    if (known != words.end()) return static_cast<FanOut::Kind>(known - words.begin());
    reading.reader.error(
        span_of(*entry.value),
        "unknown way to share a port: '" + *word + "'" + reading.reader.suggestion(*word, words),
        "it is \"copy\", \"deal\", { by = \"hash\", field = 1 } or { by = \"type\" }");
    return std::nullopt;
}

std::string write_sharing(const FanOut::Kind& kind, std::size_t /*column*/) {
    return toml_basic(kSharingWords[static_cast<std::size_t>(kind)]);
}

std::optional<FanOut> read_fan_out(Reading& reading, const Entry& entry) {
    FanOut fan_out;
    fan_out.place = span_of(*entry.value).place;
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        const auto kind = read_sharing(reading, entry);
        fan_out.kind = kind.value_or(fan_out.kind);
        return kind ? std::optional(fan_out) : std::nullopt;
    }
    read_keys(reading, *table, kFanOutTable, fan_out);
    const toml::node* by = table->get("by");
    if (by == nullptr) {
        reading.reader.error(span_of(*entry.value), "'fan-out' as a table needs 'by'",
                             "for instance fan-out = { by = \"hash\", field = 1 }");
        return std::nullopt;
    }
    if (by->value_or(std::string_view()) != kSharingWords[static_cast<std::size_t>(fan_out.kind)]) {
        return std::nullopt;  // it is none of the words
    }
    const auto field = table->find("field");
    const bool has_field = fan_out.kind == FanOut::Kind::hash || fan_out.kind == FanOut::Kind::type;
    if (field != table->end() && !has_field) {
        reading.reader.error(span_of(field->first), "'field' belongs to by = \"hash\" or \"type\"");
    }
    return fan_out;
}

std::string write_fan_out(const FanOut& fan_out, std::size_t column) {
    if (fan_out.kind == FanOut::Kind::copy || fan_out.kind == FanOut::Kind::deal) {
        return write_sharing(fan_out.kind, column);
    }
    return toml_table(toml_entries(kFanOutTable, fan_out, column));
}

std::optional<int> read_field(Reading& reading, const Entry& entry) {
    const auto number = reading.reader.integer(entry, 1, kLargestField);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::optional<Located<FanInKind>> read_fan_in(Reading& reading, const Entry& entry) {
    const auto word = reading.reader.text(entry, "\"concat\" or \"lines\"");
    if (!word) return std::nullopt;
    const Span where = span_of(*entry.value);
    if (*word == "concat" || *word == "lines") {
        return Located<FanInKind>{*word == "lines" ? FanInKind::lines : FanInKind::concat,
                                  where.place};
    }
    const std::vector<std::string> words = {"concat", "lines"};
    reading.reader.error(
        where,
        "unknown way to gather inputs: '" + *word + "'" + reading.reader.suggestion(*word, words),
        "it is \"concat\" (one after the other) or \"lines\" (as they come)");
    return std::nullopt;
}

std::string write_fan_in(const Located<FanInKind>& kind, std::size_t /*column*/) {
    return kind.value == FanInKind::lines ? "\"lines\"" : "\"concat\"";
}

}  // namespace

const Type<Via> kVia = {{.name = "channel: its name, or a table of `channel` and its options",
                         .make_schema = [](Schema& schema) { return schema.via(); },
                         .shared_as = "via"},
                        read_via,
                        write_via};
const Type<Buffer> kBuffer = {{.name = "size, `\"spill\"`, `\"none\"`, or a table",
                               .schema = R"("anyOf":[@part,{"enum":["spill","none"]},@table])",
                               .part = &kSize,
                               .table = &kBufferTable,
                               .shared_as = "buffer"},
                              read_buffer,
                              write_buffer};
const Type<FanOut> kFanOut = {{.name = "`\"copy\"`, `\"deal\"`, or a table",
                               .schema = R"("anyOf":[@part,@table])",
                               .part = &kSharing,
                               .table = &kFanOutTable},
                              read_fan_out,
                              write_fan_out};
const Type<FanOut::Kind> kSharing = {
    {"`\"copy\"`, `\"deal\"`, `\"hash\"`, `\"type\"`", R"("enum":["copy","deal","hash","type"])"},
    read_sharing,
    write_sharing};
const Type<int> kField = {
    {"number from 1", R"("type":"integer","minimum":1,"maximum":1000000)"},
    read_field,
    [](const int& field, std::size_t /*column*/) { return std::to_string(field); }};
const Type<Located<FanInKind>> kFanIn = {
    {"`\"concat\"` or `\"lines\"`", R"("enum":["concat","lines"])"}, read_fan_in, write_fan_in};
}  // namespace pipectl::type
