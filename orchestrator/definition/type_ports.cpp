// Types of the ports of a stage: what feeds an input, and the names of further outputs.

#include <unordered_map>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl::type {

namespace {

/// A producer's port by name; nothing when it cannot be read.
std::optional<std::string> checked_port(Reader& reader, Span where, std::string_view port) {
    if (port == "stdin") {
        reader.error(where, "a stage's stdin cannot be read",
                     "its outputs can: stdout, stderr, and those in 'outputs'");
        return std::nullopt;
    }
    if (!is_name(port)) {
        reader.error(where, "'" + std::string(port) + "' is no name of a port",
                     "names have " + std::string(kNameRule));
        return std::nullopt;
    }
    return std::string(port);
}

std::optional<std::string> read_producer_port(Reading& reading, const Entry& entry) {
    const auto port = reading.reader.text(entry);
    return port ? checked_port(reading.reader, span_of(*entry.value), *port) : std::nullopt;
}

std::optional<Located<std::string>> read_producer(Reading& reading, const Entry& entry) {
    const auto stage = reading.reader.text(entry);
    const Span where = span_of(*entry.value);
    if (!stage || is_name(*stage)) {
        return stage ? std::optional(Located<std::string>{*stage, where.place}) : std::nullopt;
    }
    reading.reader.error(where, "'" + *stage + "' is no name of a stage",
                         stage->find('.') != std::string::npos
                             ? "the port has a key of its own: port = \"..\""
                             : "names have " + std::string(kNameRule));
    return std::nullopt;
}

/// "stage" or "stage.port".
std::optional<Feed> read_short_feed(Reader& reader, const Entry& entry) {
    const auto text = reader.text(entry);
    if (!text) return std::nullopt;
    const Span where = span_of(*entry.value);
    const std::size_t dot = text->find('.');
    Feed feed;
    feed.stage = {text->substr(0, dot), where.place};
    if (!is_name(feed.stage.value)) {
        reader.error(where, "'" + *text + "' is no name of a stage",
                     "write \"stage\" or \"stage.port\"; names have " + std::string(kNameRule));
        return std::nullopt;
    }
    if (dot == std::string::npos) return feed;
    const auto port = checked_port(reader, where, text->substr(dot + 1));
    if (!port) return std::nullopt;
    feed.port = *port;
    return feed;
}

std::optional<Feed> read_long_feed(Reading& reading, const Entry& entry, const toml::table& table) {
    Feed feed;
    if (table.get("port") != nullptr) feed.port.clear();
    read_keys(reading, table, kFeedTable, feed);
    if (!feed.port.empty() && table.get("stage") == nullptr) {
        reading.reader.error(span_of(*entry.value), "an input as a table needs 'stage'");
    }
    const bool good = !feed.port.empty() && !feed.stage.value.empty();
    return good ? std::optional(std::move(feed)) : std::nullopt;
}

std::optional<Feed> read_feed(Reading& reading, const Entry& entry) {
    if (const toml::table* table = entry.value->as_table()) {
        return read_long_feed(reading, entry, *table);
    }
    if (entry.value->is_string()) return read_short_feed(reading.reader, entry);
    reading.reader.wrong_type(entry,
                              "\"stage\", \"stage.port\" or a table { stage, port, via, buffer }");
    return std::nullopt;
}

std::optional<std::vector<Feed>> read_feeds(Reading& reading, const Entry& entry) {
    std::vector<Feed> feeds;
    std::vector<Entry> elements = {entry};
    if (entry.value->is_array()) {
        elements = reading.reader.elements(entry, "an array").value_or(std::vector<Entry>());
        if (elements.empty()) {
            reading.reader.error(span_of(*entry.value), entry.quoted() + " is empty",
                                 "a stage that reads nothing: stdin = { null = true }");
        }
    }
    for (const Entry& element : elements) {
        if (auto feed = read_feed(reading, element)) feeds.push_back(std::move(*feed));
    }
    return feeds;
}

std::string write_feed(const Feed& feed, std::size_t column) {
    if (feed.via || feed.buffer || feed.complete || feed.as_file)
        return toml_table(toml_entries(kFeedTable, feed, column));
    return toml_basic(feed.stage.value + (feed.port == "stdout" ? "" : "." + feed.port));
}

std::string write_feeds(const std::vector<Feed>& feeds, std::size_t column) {
    if (feeds.size() == 1) return write_feed(feeds.front(), column);
    std::vector<std::string> values;
    values.reserve(feeds.size());
    for (const Feed& feed : feeds) {
        values.push_back(write_feed(feed, column));
    }
    return toml_array(values, column);
}

std::optional<After> read_predecessor(Reading& reading, const Entry& entry) {
    After after;
    if (const toml::table* table = entry.value->as_table()) {
        read_keys(reading, *table, kAfterTable, after);
        if (table->get("stage") == nullptr) {
            reading.reader.error(span_of(*entry.value), "'after' as a table needs 'stage'",
                                 "for instance after = { stage = \"load\", when = \"ended\" }");
        }
    } else if (entry.value->is_string()) {
        if (auto stage = read_producer(reading, entry)) after.stage = std::move(*stage);
    } else {
        reading.reader.wrong_type(entry, "the name of a stage or a table { stage, when }");
    }
    return after.stage.value.empty() ? std::nullopt : std::optional(std::move(after));
}

std::optional<std::vector<After>> read_after(Reading& reading, const Entry& entry) {
    std::vector<After> all;
    std::vector<Entry> elements = {entry};
    if (entry.value->is_array()) {
        elements = reading.reader.elements(entry, "an array").value_or(std::vector<Entry>());
    }
    for (const Entry& element : elements) {
        if (auto after = read_predecessor(reading, element)) all.push_back(std::move(*after));
    }
    return all;
}

std::string write_after(const std::vector<After>& all, std::size_t column) {
    std::vector<std::string> values;
    values.reserve(all.size());
    for (const After& after : all) {
        values.push_back(after.ended ? toml_table(toml_entries(kAfterTable, after, column))
                                     : toml_basic(after.stage.value));
    }
    return toml_array(values, column);
}

/// A new name of a port of one direction; an error when it is no name, reserved, or there already.
bool check_port(Reader& reader, Span where, const std::string& name,
                const std::unordered_map<std::string, Place>& before) {
    if (!is_name(name)) {
        reader.error(where, "'" + name + "' is no name of a port",
                     "names have " + std::string(kNameRule));
        return false;
    }
    if (name == "stdin" || name == "stdout" || name == "stderr") {
        reader.error(where, "'" + name + "' is a port that every stage has",
                     name == "stdin" ? "what feeds it is said by 'from' or 'stdin'"
                                     : "read it with from = \"stage." + name + "\"");
        return false;
    }
    if (const auto first = before.find(name); first != before.end()) {
        reader.error(where, "port '" + name + "' is there twice; the first is on line " +
                                std::to_string(first->second.line));
        return false;
    }
    return true;
}

std::optional<std::vector<InputPort>> read_inputs(Reading& reading, const Entry& entry) {
    const toml::table* table = reading.reader.table(
        entry, "a table of ports, each with what feeds it: { left = \"stage\" }");
    if (table == nullptr) return std::nullopt;
    std::vector<InputPort> inputs;
    for (const Entry& port : entries_of(*table)) {
        const Span where = span_of(*port.key);
        const std::string name(port.name);
        const toml::table* keys = port.value->as_table();
        const bool outside = keys != nullptr && keys->size() == 1 && keys->get("port") != nullptr &&
                             keys->get("port")->is_boolean();
        if (outside && !*keys->get("port")->value_exact<bool>()) {
            reading.reader.error(span_of(*keys->get("port")), "'port' must be true",
                                 "leave it away for what is no port of the definition");
        }
        auto feeds = outside ? std::optional(std::vector<Feed>()) : read_feeds(reading, port);
        if (check_port(reading.reader, where, name, {})) {
            inputs.push_back({{name, where.place}, std::move(*feeds), outside});
        }
    }
    return inputs;
}

std::string write_inputs(const std::vector<InputPort>& inputs, std::size_t column) {
    std::vector<std::string> entries;
    entries.reserve(inputs.size());
    for (const InputPort& port : inputs) {
        entries.push_back(
            toml_key(port.name.value) + " = " +
            (port.outside ? "{ port = true }" : write_feeds(port.feeds, column + 11)));
    }
    return toml_table(entries);
}

std::optional<std::vector<Located<std::string>>> read_outputs(Reading& reading,
                                                              const Entry& entry) {
    const auto elements = reading.reader.elements(entry, "an array of names of ports");
    if (!elements) return std::nullopt;
    std::vector<Located<std::string>> outputs;
    std::unordered_map<std::string, Place> before;
    for (const Entry& element : *elements) {
        const auto name = reading.reader.text(element);
        const Span where = span_of(*element.value);
        if (name && check_port(reading.reader, where, *name, before)) {
            before.emplace(*name, where.place);
            outputs.push_back({*name, where.place});
        }
    }
    return outputs;
}

std::string write_outputs(const std::vector<Located<std::string>>& outputs, std::size_t column) {
    std::vector<std::string> names;
    names.reserve(outputs.size());
    for (const Located<std::string>& port : outputs) {
        names.push_back(toml_basic(port.value));
    }
    return toml_array(names, column);
}

}  // namespace

const Type<Located<std::string>> kProducer = {
    {"name of a stage", R"("type":"string","pattern":"^[A-Za-z0-9_-]+$")"},
    read_producer,
    [](const Located<std::string>& stage, std::size_t /*column*/) {
        return toml_basic(stage.value);
    }};
const Type<std::string> kProducerPort = {
    {"name of an output", R"("type":"string","pattern":"^(?!stdin$)[A-Za-z0-9_-]+$")"},
    read_producer_port,
    [](const std::string& port, std::size_t /*column*/) { return toml_basic(port); }};
const AnyType kFeed = {.name = "`\"stage\"`, `\"stage.port\"`, a table",
                       .schema =
                           R"("anyOf":[{"type":"string",)"
                           R"("pattern":"^[A-Za-z0-9_-]+(\\.(?!stdin$)[A-Za-z0-9_-]+)?$"},@table])",
                       .table = &kFeedTable,
                       .shared_as = "feed"};
const Type<std::vector<Feed>> kFeeds = {
    {.name = "`\"stage\"`, `\"stage.port\"`, a table, or an array of these",
     .schema = R"("anyOf":[@part,{"type":"array","minItems":1,"items":@part}])",
     .part = &kFeed},
    read_feeds,
    write_feeds};
const Type<std::vector<After>> kAfter = {
    {.name = "name of a stage, a table, or an array of these",
     .schema = R"("anyOf":[@part,@table,{"type":"array","items":{"anyOf":[@part,@table]}}])",
     .part = &kProducer,
     .table = &kAfterTable},
    read_after,
    write_after};
const Type<std::vector<InputPort>> kInputs = {
    {.name = "table of ports, each as `from`, or `{ port = true }`",
     .schema = R"("type":"object","additionalProperties":{"anyOf":[@part,{"type":"object",)"
               R"("required":["port"],"properties":{"port":{"const":true}},)"
               R"("additionalProperties":false}]},)"
               R"("propertyNames":{"pattern":"^(?!std(in|out|err)$)[A-Za-z0-9_-]+$"})",
     .part = &kFeeds},
    read_inputs,
    write_inputs};
const Type<std::vector<Located<std::string>>> kOutputs = {
    {"array of names of ports",
     R"("type":"array","uniqueItems":true,"items":{"type":"string","pattern":)"
     R"("^(?!std(in|out|err)$)[A-Za-z0-9_-]+$"})"},
    read_outputs,
    write_outputs};

}  // namespace pipectl::type
