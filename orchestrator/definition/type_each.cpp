// [for-each]: variables and where their values come from.

#include <algorithm>
#include <array>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kSources =
    "an array of texts, { glob = \"in/*.log\" }, { lines = \"names.txt\" } or { param = \"names\" "
    "}";
constexpr std::int64_t kMostJobs = 10'000;
const std::vector<std::string> kHaltWords = {"soon", "now", "never"};

bool read_texts_of(Reading& reading, const Entry& entry, Each& each) {
    const auto elements = reading.reader.elements(entry, kSources);
    for (const Entry& element : *elements) {
        if (auto text = reading.reader.text(element)) each.list.push_back(std::move(*text));
    }
    return true;
}

bool read_source_of(Reading& reading, const Entry& entry, const toml::table& table, Each& each) {
    const std::vector<Entry> keys = entries_of(table);
    if (keys.size() != 1) {
        reading.reader.wrong_type(entry, kSources);
        return false;
    }
    const Entry& source = keys.front();
    if (source.name == "glob" || source.name == "lines") {
        each.source = source.name == "glob" ? Each::Source::glob : Each::Source::lines;
        const auto text = reading.reader.text(source);
        if (!text) return false;
        if (text->empty()) {
            reading.reader.error(span_of(*source.value), source.quoted() + " is empty",
                                 each.source == Each::Source::glob
                                     ? "a pattern of files: { glob = \"in/*.log\" }"
                                     : "a file with a value in each line");
            return false;
        }
        each.text = read_template(reading.reader, source, *text, reading.file);
        return true;
    }
    if (source.name != "param") {
        reading.reader.error(span_of(*source.key), "unknown source " + source.quoted(),
                             "values come from " + std::string(kSources));
        return false;
    }
    each.source = Each::Source::parameter;
    const auto name = reading.reader.text(source, "the name of a parameter");
    if (!name) return false;
    const Span where = span_of(*source.value);
    const std::vector<std::string>& known = *reading.file.parameters;
    if (!std::binary_search(known.begin(), known.end(), *name)) {
        reading.reader.error(
            where, "unknown parameter '" + *name + "'" + reading.reader.suggestion(*name, known));
        return false;
    }
    each.parameter = {*name, where.place};
    return true;
}

/// Some names begin other references: ${env.HOME}.
bool is_name_of_each(std::string_view name) {
    constexpr std::array kTaken = {"env", "in", "out", "shared", "run"};
    return is_variable_name(name) && std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end();
}

std::string source_text(const Each& each) {
    switch (each.source) {
        case Each::Source::glob: return toml_table({"glob = " + toml_template(each.text)});
        case Each::Source::lines: return toml_table({"lines = " + toml_template(each.text)});
        case Each::Source::parameter:
            return toml_table({"param = " + toml_basic(each.parameter.value)});
        case Each::Source::list: break;
    }
    std::string list;
    for (const std::string& value : each.list) {
        list += (list.empty() ? "" : ", ") + toml_basic(value);
    }
    return "[" + list + "]";
}

std::optional<std::int64_t> read_jobs(Reading& reading, const Entry& entry) {
    return reading.reader.integer(entry, 1, kMostJobs);
}

std::optional<ForEach::Halt> read_halt(Reading& reading, const Entry& entry) {
    const auto word = reading.reader.text(entry, quoted_list(kHaltWords));
    if (!word) return std::nullopt;
    const auto found = std::find(kHaltWords.begin(), kHaltWords.end(), *word);
    if (found == kHaltWords.end()) {
        reading.reader.error(span_of(*entry.value),
                             "'halt' must be one of " + quoted_list(kHaltWords) + ", not '" +
                                 *word + "'" + reading.reader.suggestion(*word, kHaltWords));
        return std::nullopt;
    }
    return static_cast<ForEach::Halt>(found - kHaltWords.begin());
}

}  // namespace

std::optional<ForEach> read_for_each(Reader& reader, const Entry& entry,
                                     const TemplateScope& scope) {
    const toml::table* table = reader.table(entry, "one table: [for-each]");
    if (table == nullptr) return std::nullopt;
    ForEach made;
    made.place = span_of(*entry.key).place;
    Reading reading{reader, scope, scope};
    read_keys(reading, *table, kForEachTable, made);
    if (table->get("each") == nullptr) {
        reader.error(span_of(*entry.key), "[for-each] needs 'each'",
                     "each = { file = { glob = \"in/*.log\" } }, and ${file} in the stages");
    }
    return made.each.empty() ? std::nullopt : std::optional(std::move(made));
}

namespace type {

void read_each(Reading& reading, const Entry& entry, ForEach& of) {
    const toml::table* table =
        reading.reader.table(entry, "a table of variables: { file = { glob = \"in/*.log\" } }");
    if (table == nullptr) return;
    if (table->empty()) {
        reading.reader.error(span_of(*entry.value), "'each' is empty: it names no variable");
    }
    for (const Entry& variable : entries_of(*table)) {
        Each each;
        each.name = {std::string(variable.name), span_of(*variable.key).place};
        if (!is_name_of_each(variable.name)) {
            reading.reader.error(span_of(*variable.key),
                                 variable.quoted() + " is no name of a variable",
                                 "a name has letters, digits and '_'");
            continue;
        }
        const toml::table* source = variable.value->as_table();
        if (source == nullptr && !variable.value->is_array()) {
            reading.reader.wrong_type(variable, kSources);
            continue;
        }
        const bool read = source != nullptr ? read_source_of(reading, variable, *source, each)
                                            : read_texts_of(reading, variable, each);
        (void)read;  // what is wrong has been told, and the variable is known all the same
        of.each.push_back(std::move(each));
    }
}

std::string write_each(const ForEach& of, std::size_t /*column*/) {
    std::vector<std::string> entries;
    for (const Each& each : of.each) {
        entries.push_back(each.name.value + " = " + source_text(each));
    }
    return toml_table(entries);
}

const Type<std::int64_t> kJobs = {
    {"number from 1 to 10000", R"("type":"integer","minimum":1,"maximum":10000)"},
    read_jobs,
    [](const std::int64_t& jobs, std::size_t /*column*/) { return std::to_string(jobs); }};
const Type<ForEach::Halt> kHalt = {
    {"`\"soon\"`, `\"now\"` or `\"never\"`", R"("enum":["soon","now","never"])"},
    read_halt,
    [](const ForEach::Halt& halt, std::size_t /*column*/) {
        return toml_basic(kHaltWords[static_cast<std::size_t>(halt)]);
    }};
const AnyType kEach = {
    "table of variables, each an array of texts, `{ glob }`, `{ lines }` or `{ param }`",
    R"("type":"object","minProperties":1,"propertyNames":{"pattern":"^[A-Za-z_][A-Za-z0-9_]*$"},)"
    R"("additionalProperties":{"anyOf":[{"type":"array","items":{"type":"string"}},)"
    R"({"type":"object","minProperties":1,"maxProperties":1,"properties":{"glob":{"type":"string"},)"
    R"("lines":{"type":"string"},"param":{"type":"string"}},"additionalProperties":false}]})"};
const AnyType kForEach = {
    .name = "table", .schema = R"("allOf":[@table])", .table = &kForEachTable};

}  // namespace type

}  // namespace pipectl
