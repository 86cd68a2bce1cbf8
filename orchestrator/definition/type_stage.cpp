// A stage: its command and what ends well, and the keys of one that belong together.

#include <algorithm>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/json.hpp"
#include "stages/base/shipped_stages.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Words that a shell would do something with; `words` are what could be read of them.
void warn_of_shell_looks(Reader& reader, const std::vector<Entry>& elements,
                         const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (auto look = shell_look_of_word(words, i)) {
            reader.warning(span_of(*elements[i].value), std::move(look->message),
                           std::move(look->hint));
        }
    }
}

std::vector<std::string> shipped_names() {
    std::vector<std::string> names;
    for (const ShippedStage& shipped : kShippedStages) {
        names.emplace_back(shipped.name);
    }
    return names;
}

std::string write_words(std::span<const Template> words, std::size_t column) {
    std::vector<std::string> values;
    values.reserve(words.size());
    for (const Template& word : words) {
        values.push_back(toml_template(word));
    }
    return toml_array(values, column);
}

const Entry* find_entry(const std::vector<Entry>& entries, std::string_view name) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

/// What else a stage that is a definition may say: what its ports are connected with, and when it
/// starts.
void refuse_beside_part(Reader& reader, const std::vector<Entry>& entries) {
    static constexpr std::string_view kBeside[] = {
        "name",   "from",   "via",     "buffer", "fan-in", "inputs", "after", "stdin",
        "stdout", "stderr", "fan-out", "use",    "set",    "args",   "run",   "shell"};
    for (const Entry& entry : entries) {
        const bool may =
            std::find(std::begin(kBeside), std::end(kBeside), entry.name) != std::end(kBeside);
        if (may || find_key(kStageTable, entry.name) == nullptr) continue;
        reader.error(span_of(*entry.key),
                     entry.quoted() + " is of one stage, and this one is a definition of several",
                     "say it of a stage in that file; its parameters are given by 'set'");
    }
}

/// The keys that exclude or need each other.
void check_together(Reader& reader, const toml::table& table, const std::vector<Entry>& entries,
                    const Stage& stage) {
    const Entry* command = nullptr;
    for (const Entry& entry : entries) {
        if (entry.name != "run" && entry.name != "shell" && entry.name != "use") continue;
        if (command != nullptr) {
            reader.error(span_of(*entry.key),
                         entry.quoted() + " and " + command->quoted() + " exclude each other");
        }
        command = &entry;
    }
    if (command == nullptr) {
        reader.error(span_of(table), "this stage has no command",
                     "one of run = [\"program\", ..], shell = \"..\", use = \"..\"");
    }
    const Entry* from = find_entry(entries, "from");
    const Entry* in = find_entry(entries, "stdin");
    if (from != nullptr && in != nullptr) {
        const Entry* second =
            span_of(*from->key).place.line > span_of(*in->key).place.line ? from : in;
        reader.error(span_of(*second->key), "'from' and 'stdin' exclude each other",
                     "'from' reads a stage, 'stdin' a file or a text");
    }
    const Entry* args = find_entry(entries, "args");
    if (args != nullptr && find_entry(entries, "use") == nullptr) {
        reader.error(span_of(*args->key), "'args' belongs to 'use'",
                     "with 'run' the arguments follow the program in one array");
    }
    const Entry* set = find_entry(entries, "set");
    const bool of_part = stage.part && !stage.part->file.value.empty();
    if (set != nullptr && !of_part) {
        reader.error(span_of(*set->key), "'set' belongs to 'use' of a definition",
                     "parameters of this one are given by [params] and --set");
    }
    if (args != nullptr && of_part) {
        reader.error(span_of(*args->key), "'args' belongs to 'use' of a native stage",
                     "a definition has parameters: set = { name = \"value\" }");
    }
    if (of_part) refuse_beside_part(reader, entries);
    for (const char* key : {"order", "block"}) {
        const Entry* entry = find_entry(entries, key);
        if (entry != nullptr && find_entry(entries, "replicas") == nullptr) {
            reader.error(span_of(*entry->key), entry->quoted() + " belongs to 'replicas'",
                         "replicas = 4, or replicas = \"cpus\"");
        }
    }
}

}  // namespace

namespace type {

void read_run(Reading& reading, const Entry& entry, Stage& stage) {
    Reader& reader = reading.reader;
    stage.command = Stage::Command::run;
    stage.command_place = span_of(*entry.value).place;
    const auto elements =
        reader.elements(entry, "an array of strings: program and arguments",
                        "run = [\"program\", \"argument\"]; a line for a shell: shell = \"..\"");
    if (!elements) {
        if (entry.value->is_string()) reader.offer(span_of(*entry.key), "shell");
        return;
    }
    if (elements->empty()) {
        reader.error(span_of(*entry.value), "'run' is empty: it names no program");
        return;
    }
    std::vector<std::string> words;
    for (const Entry& element : *elements) {
        std::string quotes;
        if (const auto number = element.value->value_exact<std::int64_t>()) {
            quotes = "put it in quotes: \"" + std::to_string(*number) + "\"";
        }
        const auto text = reader.text(element, "a string", std::move(quotes));
        if (text && text->empty() && &element == &elements->front()) {
            reader.error(span_of(*element.value), "the name of the program is empty");
        }
        stage.run.push_back(text ? read_template(reader, element, *text, reading.process)
                                 : literal_template("?", {}));
        words.push_back(text.value_or(""));
    }
    warn_of_shell_looks(reader, *elements, words);
}

void read_shell(Reading& reading, const Entry& entry, Stage& stage) {
    stage.command = Stage::Command::shell;
    stage.command_place = span_of(*entry.value).place;
    const auto text = reading.reader.text(entry, "a string: a line for /bin/sh");
    if (!text) return;
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
        reading.reader.error(span_of(*entry.value), "'shell' is empty");
        return;
    }
    stage.shell =
        read_template(reading.reader, entry, *text, reading.process, TemplateStyle::shell);
}

void read_use(Reading& reading, const Entry& entry, Stage& stage) {
    stage.command = Stage::Command::use;
    stage.command_place = span_of(*entry.value).place;
    const std::vector<std::string> names = shipped_names();
    const auto name =
        reading.reader.text(entry, "the name of a native stage or the path of a definition");
    if (name && (name->find('/') != std::string::npos || name->ends_with(".toml"))) {
        // `set` may have been read before
        if (!stage.part) stage.part.emplace();
        stage.part->file = {*name, stage.command_place};
        stage.run.insert(stage.run.begin(), literal_template(*name, stage.command_place));
        return;
    }
    if (name && std::find(names.begin(), names.end(), *name) == names.end()) {
        reading.reader.error(
            span_of(*entry.value),
            "no native stage '" + *name + "' ships with pipectl" +
                reading.reader.suggestion(*name, names),
            "there are " + quoted_list(names) +
                "; one of your own is started with 'run' and native = true, and a definition "
                "has a name such as \"clean.toml\"");
    }
    // the arguments may have been read before
    stage.run.insert(stage.run.begin(), literal_template(name.value_or("?"), stage.command_place));
    stage.native = true;
}

void read_arguments(Reading& reading, const Entry& entry, Stage& stage) {
    const auto elements = reading.reader.elements(entry, "an array of strings");
    for (const Entry& element : elements.value_or(std::vector<Entry>())) {
        if (const auto text = reading.reader.text(element)) {
            stage.run.push_back(read_template(reading.reader, element, *text, reading.process));
        }
    }
}

void read_statuses(Reading& reading, const Entry& entry, Stage& stage) {
    Reader& reader = reading.reader;
    if (const auto* word = entry.value->as_string()) {
        if (word->get() != "any") {
            reader.error(span_of(*entry.value),
                         "'ok' must be an array of exit statuses or \"any\"");
        }
        stage.any_ok = true;
        return;
    }
    const auto number = entry.value->value_exact<std::int64_t>();
    const auto elements =
        reader.elements(entry, "an array of exit statuses or \"any\"",
                        number ? "ok = [0, " + std::to_string(*number) + "]" : std::string());
    if (!elements) return;
    if (elements->empty()) {
        reader.error(span_of(*entry.value), "'ok' is empty: no status would be a success");
        return;
    }
    stage.ok.clear();
    for (const Entry& element : *elements) {
        if (const auto status = reader.integer(element, 0, 255)) {
            stage.ok.push_back(static_cast<int>(*status));
        }
    }
}

void read_native(Reading& reading, const Entry& entry, Stage& stage) {
    // a stage that ships is one whatever stands here
    stage.native |= reading.reader.boolean(entry).value_or(false);
}

std::string write_run(const Stage& stage, std::size_t column) {
    return stage.command == Stage::Command::run ? write_words(stage.run, column) : "";
}

std::string write_shell(const Stage& stage, std::size_t /*column*/) {
    return stage.command == Stage::Command::shell ? toml_string(template_text(stage.shell, true))
                                                  : "";
}

std::string write_use(const Stage& stage, std::size_t /*column*/) {
    if (stage.part) return toml_basic(stage.part->file.value);
    return stage.command == Stage::Command::use ? toml_basic(template_text(stage.run.front())) : "";
}

std::string write_arguments(const Stage& stage, std::size_t column) {
    const bool given = stage.command == Stage::Command::use && stage.run.size() > 1;
    return given ? write_words(std::span(stage.run).subspan(1), column) : "";
}

std::string write_statuses(const Stage& stage, std::size_t column) {
    if (stage.any_ok) return "\"any\"";
    if (stage.ok == Stage().ok) return {};
    std::vector<std::string> numbers;
    numbers.reserve(stage.ok.size());
    for (const int status : stage.ok) {
        numbers.push_back(std::to_string(status));
    }
    return toml_array(numbers, column);
}

std::string write_native(const Stage& stage, std::size_t /*column*/) {
    return stage.native && stage.command != Stage::Command::use ? "true" : "";
}

const AnyType kCommand = {"array: a program and its arguments",
                          R"("type":"array","minItems":1,"items":[{"type":"string",)"
                          R"("minLength":1}],"additionalItems":{"type":"string"})"};
const AnyType kShell = {"text for `/bin/sh -c`", R"("type":"string","pattern":"[^ \\t\\r\\n]")"};
const AnyType kShipped = {
    .name = "name of a native stage that ships with pipectl, or path of a definition",
    .make_schema = [](Schema&) {
        std::string names;
        for (const std::string& name : shipped_names()) {
            names += (names.empty() ? "" : ",") + json_quoted(name);
        }
        return R"("anyOf":[{"enum":[)" + names + R"(]},{"type":"string","pattern":"/|\\.toml$"}])";
    }};
const AnyType kArguments = {"array of texts", R"("type":"array","items":{"type":"string"})"};
const AnyType kStatuses = {"array of exit statuses, or `\"any\"`",
                           R"("anyOf":[{"const":"any"},{"type":"array","minItems":1,"items":)"
                           R"({"type":"integer","minimum":0,"maximum":255}}])"};
const AnyType kStages = {.name = "array of tables",
                         .schema = R"("type":"array","minItems":1,"items":@table)",
                         .table = &kStageTable};

}  // namespace type

Stage read_stage(Reader& reader, const toml::table& table,
                 const std::vector<std::string>& parameters,
                 const std::vector<std::string>& shared) {
    Stage stage;
    stage.place = span_of(table).place;
    const std::vector<Entry> entries = entries_of(table);

    // texts of the process may name ports that are declared further down
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    bool replicas = false;
    for (const Entry& entry : entries) {
        if (entry.name == "inputs" && entry.value->is_table()) {
            for (const auto& [key, value] : *entry.value->as_table()) {
                inputs.emplace_back(key.str());
            }
        } else if (entry.name == "replicas") {
            replicas = true;
        } else if (entry.name == "outputs" && entry.value->is_array()) {
            for (const toml::node& value : *entry.value->as_array()) {
                if (const auto* name = value.as_string()) outputs.push_back(name->get());
            }
        }
    }
    std::sort(inputs.begin(), inputs.end());
    std::sort(outputs.begin(), outputs.end());
    Reading reading{reader,
                    {&parameters, &inputs, &outputs, &shared, replicas},
                    {&parameters, nullptr, nullptr, nullptr}};
    read_keys(reading, entries, kStageTable, stage);
    check_together(reader, table, entries, stage);
    if (stage.part && stage.part->file.value.empty()) stage.part.reset();
    if (stage.command != Stage::Command::shell && stage.run.empty()) {
        // whoever looks for more errors finds a program all the same
        stage.run.push_back(literal_template("?", {}));
    }
    return stage;
}

}  // namespace pipectl
