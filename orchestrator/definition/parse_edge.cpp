// What an edge carries: its producer, its channel, its room, and how it is shared and gathered.

#include <algorithm>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::int64_t kLargestField = 1'000'000;

constexpr std::string_view kFeedKeys[] = {"stage", "port", "via", "buffer"};
constexpr std::string_view kBufferKeys[] = {"memory", "disk"};
constexpr std::string_view kFanOutKeys[] = {"by", "field"};

/// A producer's port by name. False when it cannot be read.
bool read_port(Reader& reader, Span where, std::string_view port, Feed& feed) {
    if (port == "stdin") {
        reader.error(where, "a stage's stdin cannot be read",
                     "its outputs can: stdout, stderr, and those in 'outputs'");
        return false;
    }
    if (!is_name(port)) {
        reader.error(where, "'" + std::string(port) + "' is no name of a port",
                     "names have " + std::string(kNameRule));
        return false;
    }
    feed.port = port;
    return true;
}

/// "stage" or "stage.port".
std::optional<Feed> read_short_feed(Reader& reader, const Entry& entry) {
    const auto text = reader.text(entry);
    if (!text) {
        return std::nullopt;
    }
    const Span where = span_of(*entry.value);
    const std::size_t dot = text->find('.');
    Feed feed;
    feed.stage = {text->substr(0, dot), where.place};
    if (!is_name(feed.stage.value)) {
        reader.error(where, "'" + *text + "' is no name of a stage",
                     "write \"stage\" or \"stage.port\"; names have " + std::string(kNameRule));
        return std::nullopt;
    }
    if (dot != std::string::npos && !read_port(reader, where, text->substr(dot + 1), feed)) {
        return std::nullopt;
    }
    return feed;
}

std::optional<Feed> read_long_feed(Reader& reader, const Entry& entry, const toml::table& table) {
    Feed feed;
    bool good = true;
    for (const Entry& part : entries_of(table)) {
        const Span where = span_of(*part.value);
        if (part.name == "stage") {
            const auto stage = reader.text(part);
            if (stage && !is_name(*stage)) {
                reader.error(where, "'" + *stage + "' is no name of a stage",
                             stage->find('.') != std::string::npos
                                 ? "the port has a key of its own: port = \"..\""
                                 : "names have " + std::string(kNameRule));
            }
            good = good && stage && is_name(*stage);
            feed.stage = {stage.value_or(""), where.place};
        } else if (part.name == "port") {
            const auto port = reader.text(part);
            good = port && read_port(reader, where, *port, feed) && good;
        } else if (part.name == "via") {
            feed.via = read_via(reader, part);
        } else if (part.name == "buffer") {
            feed.buffer = read_buffer(reader, part);
        } else {
            reader.unknown_key(part, "an input", kFeedKeys,
                               "options of a channel: via = { channel = \"..\", .. }");
        }
    }
    if (good && !feed.stage.place.known()) {
        reader.error(span_of(*entry.value), "an input as a table needs 'stage'");
        good = false;
    }
    return good ? std::optional(std::move(feed)) : std::nullopt;
}

std::optional<Feed> read_feed(Reader& reader, const Entry& entry) {
    if (const toml::table* table = entry.value->as_table()) {
        return read_long_feed(reader, entry, *table);
    }
    if (entry.value->is_string()) {
        return read_short_feed(reader, entry);
    }
    reader.wrong_type(entry, "\"stage\", \"stage.port\" or a table { stage, port, via, buffer }");
    return std::nullopt;
}

}  // namespace

std::vector<Feed> read_feeds(Reader& reader, const Entry& entry) {
    std::vector<Feed> feeds;
    if (!entry.value->is_array()) {
        if (auto feed = read_feed(reader, entry)) {
            feeds.push_back(std::move(*feed));
        }
        return feeds;
    }
    const auto elements = reader.elements(entry, "an array");
    if (elements && elements->empty()) {
        reader.error(span_of(*entry.value), entry.quoted() + " is empty",
                     "a stage that reads nothing: stdin = { null = true }");
    }
    for (const Entry& element : *elements) {
        if (auto feed = read_feed(reader, element)) {
            feeds.push_back(std::move(*feed));
        }
    }
    return feeds;
}

std::optional<Via> read_via(Reader& reader, const Entry& entry) {
    Via via;
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        const auto channel =
            reader.text(entry, "the name of a channel or a table { channel = \"..\", .. }");
        if (!channel) {
            return std::nullopt;
        }
        via.channel = {*channel, span_of(*entry.value).place};
    } else {
        for (const Entry& part : entries_of(*table)) {
            const Place place = span_of(*part.value).place;
            if (part.name == "channel") {
                const auto channel = reader.text(part);
                if (!channel) {
                    return std::nullopt;
                }
                via.channel = {*channel, place};
            } else if (auto value = reader.scalar(part)) {
                via.options.push_back(
                    {{std::string(part.name), span_of(*part.key).place}, std::move(*value), place});
            }
        }
        if (!via.channel.place.known()) {
            reader.error(span_of(*entry.value), "'via' as a table needs 'channel'",
                         "for instance via = { channel = \"pipe\", size = \"1MiB\" }");
            return std::nullopt;
        }
    }
    if (via.channel.value.empty()) {
        reader.error({via.channel.place, 2}, "the name of a channel is empty");
        return std::nullopt;
    }
    return via;
}

std::optional<Buffer> read_buffer(Reader& reader, const Entry& entry) {
    Buffer buffer;
    buffer.place = span_of(*entry.value).place;
    if (const toml::table* table = entry.value->as_table()) {
        buffer.kind = Buffer::Kind::spill;
        for (const Entry& part : entries_of(*table)) {
            if (part.name == "memory") {
                buffer.memory = reader.size(part);
            } else if (part.name == "disk") {
                buffer.disk = reader.size(part);
            } else {
                reader.unknown_key(part, "a buffer", kBufferKeys);
            }
        }
        return buffer;
    }
    const auto* text = entry.value->as_string();
    if (text != nullptr && text->get() == "spill") {
        buffer.kind = Buffer::Kind::spill;
        return buffer;
    }
    if (text != nullptr && text->get() == "none") {
        return buffer;
    }
    const bool is_word = text != nullptr && !text->get().empty() &&
                         (text->get().front() < '0' || text->get().front() > '9');
    if (is_word || !(text != nullptr || entry.value->is_integer())) {
        const std::vector<std::string> words = {"spill", "none"};
        const std::string rule =
            "'buffer' must be a size, \"spill\", \"none\" or a table "
            "{ memory, disk }, not ";
        reader.error(span_of(*entry.value), is_word ? rule + "'" + text->get() + "'" +
                                                          reader.suggestion(text->get(), words)
                                                    : rule + type_name(*entry.value));
        return std::nullopt;
    }
    const auto room = reader.size(entry);
    if (!room) {
        return std::nullopt;
    }
    buffer.kind = *room == 0 ? Buffer::Kind::none : Buffer::Kind::bounded;
    buffer.room = *room;
    return buffer;
}

std::optional<FanOut> read_fan_out(Reader& reader, const Entry& entry) {
    const std::vector<std::string> words = {"copy", "deal", "hash", "type"};
    FanOut fan_out;
    fan_out.place = span_of(*entry.value).place;
    const auto read_kind = [&](const Entry& by) {
        const auto word =
            reader.text(by, "\"copy\", \"deal\" or a table { by = \"hash\", field = 1 }");
        const auto known = word ? std::find(words.begin(), words.end(), *word) : words.end();
        if (word && known == words.end()) {
            reader.error(
                span_of(*by.value),
                "unknown way to share a port: '" + *word + "'" + reader.suggestion(*word, words),
                "it is \"copy\", \"deal\", { by = \"hash\", field = 1 } or { by = \"type\" }");
        }
        fan_out.kind = static_cast<FanOut::Kind>(known == words.end() ? 0 : known - words.begin());
        return known != words.end();
    };
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        return read_kind(entry) ? std::optional(fan_out) : std::nullopt;
    }
    bool good = true;
    const toml::node* by = table->get("by");
    const Entry* field = nullptr;
    const std::vector<Entry> parts = entries_of(*table);
    for (const Entry& part : parts) {
        if (part.name == "by") {
            good = read_kind(part);
        } else if (part.name == "field") {
            field = &part;
            const auto number = reader.integer(part, 1, kLargestField);
            fan_out.field = static_cast<int>(number.value_or(0));
        } else {
            reader.unknown_key(part, "'fan-out'", kFanOutKeys);
        }
    }
    if (by == nullptr) {
        reader.error(span_of(*entry.value), "'fan-out' as a table needs 'by'",
                     "for instance fan-out = { by = \"hash\", field = 1 }");
        return std::nullopt;
    }
    if (good && field != nullptr && fan_out.kind != FanOut::Kind::hash &&
        fan_out.kind != FanOut::Kind::type) {
        reader.error(span_of(*field->key), "'field' belongs to by = \"hash\" or \"type\"");
    }
    return good ? std::optional(fan_out) : std::nullopt;
}

std::optional<Located<FanInKind>> read_fan_in(Reader& reader, const Entry& entry) {
    const auto word = reader.text(entry, "\"concat\" or \"lines\"");
    if (!word) {
        return std::nullopt;
    }
    const Span where = span_of(*entry.value);
    if (*word == "concat" || *word == "lines") {
        return Located<FanInKind>{*word == "lines" ? FanInKind::lines : FanInKind::concat,
                                  where.place};
    }
    const std::vector<std::string> words = {"concat", "lines"};
    reader.error(where,
                 "unknown way to gather inputs: '" + *word + "'" + reader.suggestion(*word, words),
                 "it is \"concat\" (one after the other) or \"lines\" (as they come)");
    return std::nullopt;
}

}  // namespace pipectl
