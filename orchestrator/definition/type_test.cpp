// [[test]]: what a definition is given in a test, and what is expected of it.

#include <algorithm>
#include <set>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

using What = Expectation::What;

const std::vector<std::string> kVerdicts = {"ok",      "failed",    "cut",
                                            "timeout", "cancelled", "not started"};

/// A text as it is, anything else as the file spells it.
std::optional<std::string> plain_value(Reader& reader, const Entry& entry) {
    if (entry.value->is_string()) return reader.text(entry);
    if (entry.value->is_value()) return reader.spelling(*entry.value);
    reader.wrong_type(entry, "a text, a number, true or false");
    return std::nullopt;
}

void add_expectation(Reader& reader, const Entry& entry, What what, std::string of, Test& test) {
    Expectation made;
    made.what = what;
    made.of = std::move(of);
    const toml::source_region& region = entry.value->source();
    made.begin = span_of(*entry.value).place;
    made.end = Place{static_cast<int>(region.end.line), static_cast<int>(region.end.column)};
    if (what == What::exit) {
        const auto number = reader.integer(entry, 0, 255);
        if (!number) return;
        made.value = std::to_string(*number);
    } else {
        auto text = reader.text(entry);
        if (!text) return;
        made.value = std::move(*text);
    }
    const bool word = what == What::verdict || what == What::stage_verdict;
    if (word && std::find(kVerdicts.begin(), kVerdicts.end(), made.value) == kVerdicts.end()) {
        reader.error(
            span_of(*entry.value),
            "there is no verdict '" + made.value + "'" + reader.suggestion(made.value, kVerdicts),
            "it is one of " + quoted_list(kVerdicts));
        return;
    }
    test.expect.push_back(std::move(made));
}

void read_expected_files(Reader& reader, const Entry& entry, Test& test) {
    const toml::table* files = reader.table(entry, "a table of files: file.\"out.txt\" = \"..\"");
    if (files == nullptr) return;
    for (const Entry& file : entries_of(*files)) {
        if (file.value->is_table()) {
            reader.error(span_of(*file.key), "the path of a file with a dot stands in quotes",
                         "file.\"" + std::string(file.name) + ".txt\"");
            continue;
        }
        add_expectation(reader, file, What::file, std::string(file.name), test);
    }
}

void read_expected_stages(Reader& reader, const Entry& entry, Test& test) {
    const toml::table* stages =
        reader.table(entry, "a table of stages: stage.NAME.verdict = \"ok\"");
    if (stages == nullptr) return;
    for (const Entry& stage : entries_of(*stages)) {
        const toml::table* keys = reader.table(stage, "a table: { verdict = \"ok\" }");
        if (keys == nullptr) continue;
        for (const Entry& key : entries_of(*keys)) {
            if (key.name != "verdict") {
                reader.error(span_of(*key.key), "of a stage its 'verdict' is expected");
                continue;
            }
            add_expectation(reader, key, What::stage_verdict, std::string(stage.name), test);
        }
    }
}

std::string names_of(const std::vector<Expectation>& all, What what) {
    std::vector<std::string> entries;
    for (const Expectation& each : all) {
        if (each.what != what) continue;
        const std::string value = toml_string(each.value);
        entries.push_back(toml_key(each.of) + " = " +
                          (what == What::file ? value : toml_table({"verdict = " + value})));
    }
    return entries.empty() ? "" : toml_table(entries);
}

}  // namespace

std::vector<Test> read_tests(Reader& reader, const Entry& entry) {
    std::vector<Test> tests;
    const toml::array* all = entry.value->as_array();
    if (all == nullptr) {
        reader.error(span_of(*entry.key), "'[test]' is one table, and tests are an array of them",
                     "each test begins with [[test]], in two brackets");
        return tests;
    }
    std::set<std::string> names;
    const std::vector<std::string> none;
    Reading reading{reader, {&none, nullptr, nullptr, nullptr}, {&none, nullptr, nullptr, nullptr}};
    for (const toml::node& node : *all) {
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            reader.error(span_of(node), "a test must be a table, not " + type_name(node));
            continue;
        }
        Test test;
        test.place = span_of(*table).place;
        read_keys(reading, *table, kTestTable, test);
        if (table->get("name") == nullptr) {
            reader.error(span_of(*table), "a test needs 'name'", "name = \"what it shows\"");
        } else if (!test.name.value.empty() && !names.insert(test.name.value).second) {
            reader.error({test.name.place, static_cast<int>(test.name.value.size()) + 2},
                         "test '" + test.name.value + "' is there twice");
        }
        tests.push_back(std::move(test));
    }
    return tests;
}

namespace type {

void read_test_name(Reading& reading, const Entry& entry, Test& test) {
    auto name = reading.reader.text(entry);
    if (name && name->empty()) reading.reader.error(span_of(*entry.value), "the name is empty");
    if (name) test.name = {std::move(*name), span_of(*entry.value).place};
}

std::string write_test_name(const Test& test, std::size_t /*column*/) {
    return toml_basic(test.name.value);
}

void read_test_set(Reading& reading, const Entry& entry, Test& test) {
    const toml::table* table = reading.reader.table(entry, "a table: { name = \"value\" }");
    if (table == nullptr) return;
    for (const Entry& each : entries_of(*table)) {
        Test::Setting setting;
        setting.name = {std::string(each.name), span_of(*each.key).place};
        if (each.value->is_array()) {
            const auto elements = reading.reader.elements(each, "an array");
            for (const Entry& element : *elements) {
                if (auto value = plain_value(reading.reader, element)) {
                    setting.values.push_back(std::move(*value));
                }
            }
        } else if (auto value = plain_value(reading.reader, each)) {
            setting.values.push_back(std::move(*value));
        }
        test.set.push_back(std::move(setting));
    }
}

std::string write_test_set(const Test& test, std::size_t column) {
    std::vector<std::string> entries;
    for (const Test::Setting& setting : test.set) {
        std::vector<std::string> values;
        for (const std::string& value : setting.values) {
            values.push_back(toml_string(value));
        }
        entries.push_back(toml_key(setting.name.value) + " = " +
                          (values.size() == 1 ? values.front() : toml_array(values, column)));
    }
    return entries.empty() ? "" : toml_table(entries);
}

void read_test_input(Reading& reading, const Entry& entry, Test& test) {
    const toml::table* table = entry.value->as_table();
    const toml::node* text = table == nullptr ? nullptr : table->get("text");
    const toml::node* file = table == nullptr ? nullptr : table->get("file");
    if (table == nullptr || table->size() != 1 || (text == nullptr && file == nullptr)) {
        reading.reader.wrong_type(entry, "{ text = \"..\" } or { file = \"data.txt\" }");
        return;
    }
    const Entry inner = entries_of(*table).front();
    auto value = reading.reader.text(inner);
    if (!value) return;
    if (text != nullptr) {
        test.input_text = std::move(*value);
    } else {
        test.input_file = {std::move(*value), span_of(*file).place};
    }
}

std::string write_test_input(const Test& test, std::size_t /*column*/) {
    if (test.input_text) return toml_table({"text = " + toml_string(*test.input_text)});
    return test.input_file ? toml_table({"file = " + toml_string(test.input_file->value)}) : "";
}

void read_mocks(Reading& reading, const Entry& entry, Test& test) {
    const toml::table* table =
        reading.reader.table(entry, "a table of stages: { fetch = { stdout = \"..\" } }");
    if (table == nullptr) return;
    for (const Entry& stage : entries_of(*table)) {
        const toml::table* keys = reading.reader.table(stage, "a table { stdout, exit }");
        if (keys == nullptr) continue;
        Mock mock;
        mock.stage = {std::string(stage.name), span_of(*stage.key).place};
        for (const Entry& key : entries_of(*keys)) {
            if (key.name == "stdout") {
                mock.out = reading.reader.text(key).value_or("");
            } else if (key.name == "exit") {
                mock.exit = reading.reader.integer(key, 0, 255).value_or(0);
            } else {
                reading.reader.error(span_of(*key.key),
                                     "unknown key " + key.quoted() + " in a mock",
                                     "a mock has 'stdout' and 'exit'");
            }
        }
        test.mocks.push_back(std::move(mock));
    }
}

std::string write_mocks(const Test& test, std::size_t /*column*/) {
    std::vector<std::string> entries;
    for (const Mock& mock : test.mocks) {
        std::vector<std::string> keys;
        if (!mock.out.empty()) keys.push_back("stdout = " + toml_string(mock.out));
        if (mock.exit != 0) keys.push_back("exit = " + std::to_string(mock.exit));
        entries.push_back(toml_key(mock.stage.value) + " = " + toml_table(keys));
    }
    return entries.empty() ? "" : toml_table(entries);
}

void read_expect(Reading& reading, const Entry& entry, Test& test) {
    const toml::table* table =
        reading.reader.table(entry, "a table { stdout, file, verdict, exit, stage }");
    if (table == nullptr) return;
    for (const Entry& each : entries_of(*table)) {
        if (each.name == "stdout") {
            add_expectation(reading.reader, each, What::out, {}, test);
        } else if (each.name == "verdict") {
            add_expectation(reading.reader, each, What::verdict, {}, test);
        } else if (each.name == "exit") {
            add_expectation(reading.reader, each, What::exit, {}, test);
        } else if (each.name == "file") {
            read_expected_files(reading.reader, each, test);
        } else if (each.name == "stage") {
            read_expected_stages(reading.reader, each, test);
        } else {
            reading.reader.error(span_of(*each.key),
                                 "unknown key " + each.quoted() + " in 'expect'",
                                 "it has 'stdout', 'file', 'verdict', 'exit' and 'stage'");
        }
    }
}

std::string write_expect(const Test& test, std::size_t /*column*/) {
    std::vector<std::string> entries;
    for (const Expectation& each : test.expect) {
        if (each.what == What::out) entries.push_back("stdout = " + toml_string(each.value));
        if (each.what == What::verdict) entries.push_back("verdict = " + toml_basic(each.value));
        if (each.what == What::exit) entries.push_back("exit = " + each.value);
    }
    const std::string files = names_of(test.expect, What::file);
    if (!files.empty()) entries.push_back("file = " + files);
    const std::string stages = names_of(test.expect, What::stage_verdict);
    if (!stages.empty()) entries.push_back("stage = " + stages);
    return entries.empty() ? "" : toml_table(entries);
}

const AnyType kTestName = {"text that is not empty", R"("type":"string","minLength":1)"};
const AnyType kTestSet = {
    "table of parameters; a list is an array",
    R"("type":"object","additionalProperties":{"anyOf":[{"type":["string","number","boolean"]},)"
    R"({"type":"array","items":{"type":["string","number","boolean"]}}]})"};
const AnyType kTestInput = {
    "`{ text = \"..\" }` or `{ file = \"data.txt\" }`",
    R"("type":"object","minProperties":1,"maxProperties":1,"properties":{"text":{"type":"string"},)"
    R"("file":{"type":"string"}},"additionalProperties":false)"};
const AnyType kMocks = {
    "table of stages, each `{ stdout, exit }`",
    R"("type":"object","additionalProperties":{"type":"object","properties":{"stdout":)"
    R"({"type":"string"},"exit":{"type":"integer","minimum":0,"maximum":255}},)"
    R"("additionalProperties":false})"};
const AnyType kExpect = {
    "table",
    R"("type":"object","properties":{"stdout":{"type":"string"},"exit":{"type":"integer",)"
    R"("minimum":0,"maximum":255},"verdict":{"enum":["ok","failed","cut","timeout","cancelled",)"
    R"("not started"]},"file":{"type":"object","additionalProperties":{"type":"string"}},)"
    R"("stage":{"type":"object","additionalProperties":{"type":"object","properties":{"verdict":)"
    R"({"enum":["ok","failed","cut","timeout","cancelled","not started"]}},)"
    R"("additionalProperties":false}}},"additionalProperties":false)"};
const AnyType kTests = {
    .name = "array of tables", .schema = R"("type":"array","items":@table)", .table = &kTestTable};

}  // namespace type

}  // namespace pipectl
