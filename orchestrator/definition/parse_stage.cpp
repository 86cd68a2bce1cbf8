// One [[stage]] table: each key of the language has one line in the table below.

#include <algorithm>
#include <array>
#include <utility>

#include "orchestrator/definition/keys.hpp"
#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "stages/base/shipped_stages.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// The stage that is being read.
struct Work {
    Reader& reader;
    Stage& stage;
    TemplateScope process;  ///< for texts of the process: its ports can be named
    TemplateScope file;     ///< for texts outside it
};

void read_name(Work& work, const Entry& entry) {
    const auto name = work.reader.text(entry);
    const Span where = span_of(*entry.value);
    if (name && !is_name(*name)) {
        work.reader.error(where, "'" + *name + "' is no name of a stage",
                          "names have " + std::string(kNameRule));
    }
    if (name && !name->empty()) {
        work.stage.name = {*name, where.place};
    }
}

/// Words that a shell would do something with; `words` are what could be read of them.
void warn_of_shell_looks(Work& work, const std::vector<Entry>& elements,
                         const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (auto look = shell_look_of_word(words, i)) {
            work.reader.warning(span_of(*elements[i].value), std::move(look->message),
                                std::move(look->hint));
        }
    }
}

void read_run(Work& work, const Entry& entry) {
    work.stage.command = Stage::Command::run;
    work.stage.command_place = span_of(*entry.value).place;
    std::string hint = "run = [\"program\", \"argument\"]; a line for a shell: shell = \"..\"";
    const auto elements =
        work.reader.elements(entry, "an array of strings: program and arguments", std::move(hint));
    if (!elements) {
        return;
    }
    if (elements->empty()) {
        work.reader.error(span_of(*entry.value), "'run' is empty: it names no program");
        return;
    }
    std::vector<std::string> words;
    for (const Entry& element : *elements) {
        std::string quotes;
        if (const auto number = element.value->value_exact<std::int64_t>()) {
            quotes = "put it in quotes: \"" + std::to_string(*number) + "\"";
        }
        const auto text = work.reader.text(element, "a string", std::move(quotes));
        if (text && text->empty() && &element == &elements->front()) {
            work.reader.error(span_of(*element.value), "the name of the program is empty");
        }
        work.stage.run.push_back(text ? read_template(work.reader, element, *text, work.process)
                                      : literal_template("?", {}));
        words.push_back(text.value_or(""));
    }
    warn_of_shell_looks(work, *elements, words);
}

void read_shell(Work& work, const Entry& entry) {
    work.stage.command = Stage::Command::shell;
    work.stage.command_place = span_of(*entry.value).place;
    const auto text = work.reader.text(entry, "a string: a line for /bin/sh");
    if (!text) {
        return;
    }
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
        work.reader.error(span_of(*entry.value), "'shell' is empty");
        return;
    }
    work.stage.shell = read_template(work.reader, entry, *text, work.process, TemplateStyle::shell);
}

void read_use(Work& work, const Entry& entry) {
    work.stage.command = Stage::Command::use;
    work.stage.command_place = span_of(*entry.value).place;
    std::vector<std::string> names;
    for (const ShippedStage& shipped : kShippedStages) {
        names.emplace_back(shipped.name);
    }
    const auto name = work.reader.text(entry, "the name of a native stage");
    if (name && std::find(names.begin(), names.end(), *name) == names.end()) {
        work.reader.error(span_of(*entry.value),
                          "no native stage '" + *name + "' ships with pipectl" +
                              work.reader.suggestion(*name, names),
                          "there are " + quoted_list(names) +
                              "; one of your own is started with 'run' and native = true");
    }
    // the arguments may have been read before
    work.stage.run.insert(work.stage.run.begin(),
                          literal_template(name.value_or("?"), work.stage.command_place));
    work.stage.native = true;
}

void read_args(Work& work, const Entry& entry) {
    const auto elements = work.reader.elements(entry, "an array of strings");
    for (const Entry& element : elements.value_or(std::vector<Entry>())) {
        const auto text = work.reader.text(element);
        if (text)
            work.stage.run.push_back(read_template(work.reader, element, *text, work.process));
    }
}

void read_from(Work& work, const Entry& entry) {
    work.stage.from_place = span_of(*entry.value).place;
    work.stage.from = read_feeds(work.reader, entry);
}

void read_stdin(Work& work, const Entry& entry) {
    work.stage.in_place = span_of(*entry.value).place;
    work.stage.in = read_input(work.reader, entry, work.file);
}

void read_stdout(Work& work, const Entry& entry) {
    work.stage.out_place = span_of(*entry.value).place;
    work.stage.out = read_output(work.reader, entry, work.file);
}

void read_stderr(Work& work, const Entry& entry) {
    work.stage.err_place = span_of(*entry.value).place;
    work.stage.err = read_output(work.reader, entry, work.file);
}

void read_cwd(Work& work, const Entry& entry) {
    const auto text = work.reader.text(entry, "the path of a folder");
    if (text && text->empty()) {
        work.reader.error(span_of(*entry.value), "'cwd' is an empty path");
    } else if (text) {
        warn_of_path(work.reader, entry, *text);
        work.stage.cwd = read_template(work.reader, entry, *text, work.file);
    }
}

void read_nice(Work& work, const Entry& entry) {
    if (const auto nice = work.reader.integer(entry, -20, 19)) {
        work.stage.nice = {static_cast<int>(*nice), span_of(*entry.value).place};
    }
}

/// One of two words; true for the one that is not the default.
bool read_is(Work& work, const Entry& entry, const std::string& word, const std::string& usual) {
    const std::vector<std::string> words = {usual, word};
    const auto given = work.reader.text(entry, quoted_list(words));
    if (given && *given != word && *given != usual) {
        work.reader.error(span_of(*entry.value), entry.quoted() + " must be one of " +
                                                     quoted_list(words) + ", not '" + *given + "'" +
                                                     work.reader.suggestion(*given, words));
    }
    return given == word;
}

void read_timeout(Work& work, const Entry& entry) {
    work.stage.timeout = work.reader.duration(entry);
    if (work.stage.timeout && work.stage.timeout->count() == 0) {
        work.reader.error(span_of(*entry.value), "'timeout' must be longer than 0",
                          "leave the key away for no limit");
    }
}

void read_env(Work& work, const Entry& entry) {
    work.stage.env = read_environment(work.reader, entry, work.process);
}

/// A key of a stage and what reads it.
struct Key {
    std::string_view name;
    void (*read)(Work&, const Entry&);
};

/// For what takes a reader alone.
template <void (*refuse)(Reader&, const Entry&)>
void later(Work& work, const Entry& entry) {
    refuse(work.reader, entry);
}

constexpr Key kKeys[] = {
    {"run", read_run},
    {"name", read_name},
    {"via", [](Work& w, const Entry& e) { w.stage.via = read_via(w.reader, e); }},
    {"from", read_from},
    {"shell", read_shell},
    {"use", read_use},
    {"args", read_args},
    {"inputs", [](Work& w, const Entry& e) { w.stage.inputs = read_inputs(w.reader, e); }},
    {"outputs", [](Work& w, const Entry& e) { w.stage.outputs = read_outputs(w.reader, e); }},
    {"stdin", read_stdin},
    {"stdout", read_stdout},
    {"stderr", read_stderr},
    {"buffer", [](Work& w, const Entry& e) { w.stage.buffer = read_buffer(w.reader, e); }},
    {"fan-out", [](Work& w, const Entry& e) { w.stage.fan_out = read_fan_out(w.reader, e); }},
    {"fan-in", [](Work& w, const Entry& e) { w.stage.fan_in = read_fan_in(w.reader, e); }},
    {"env", read_env},
    {"cwd", read_cwd},
    {"umask", [](Work& w, const Entry& e) { w.stage.umask = read_umask(w.reader, e); }},
    {"nice", read_nice},
    {"user", [](Work& w, const Entry& e) { w.stage.user = read_user(w.reader, e); }},
    {"ok", [](Work& w, const Entry& e) { read_ok(w.reader, e, w.stage); }},
    {"timeout", read_timeout},
    {"signals", [](Work& w, const Entry& e) { w.stage.signals = read_signals(w.reader, e); }},
    {"cut",
     [](Work& w, const Entry& e) { w.stage.cut_by_signal_only = read_is(w, e, "signal", "auto"); }},
    {"end",
     [](Work& w, const Entry& e) { w.stage.end_closed = read_is(w, e, "closed", "judged"); }},
    {"unread",
     [](Work& w, const Entry& e) { w.stage.unread_stop = read_is(w, e, "stop", "wait"); }},
    {"detach",
     [](Work& w, const Entry& e) { w.stage.detach = w.reader.boolean(e).value_or(false); }},
    {"native",
     [](Work& w, const Entry& e) { w.stage.native |= w.reader.boolean(e).value_or(false); }},
    {"limits", later<refuse_limits>},
    {"replicas", later<refuse_replicas>},
    {"order", later<refuse_order>},
    {"idle-timeout", later<refuse_idle_timeout>},
    {"restart", later<refuse_restart>},
    {"needs", later<refuse_needs>},
    {"host", later<refuse_host>},
    {"after", later<refuse_after>},
};

constexpr auto kKeyNames = [] {
    std::array<std::string_view, std::size(kKeys)> names;
    std::transform(std::begin(kKeys), std::end(kKeys), names.begin(),
                   [](const Key& key) { return key.name; });
    return names;
}();

const Key* find_key(std::string_view name) {
    const auto* key = std::find_if(std::begin(kKeys), std::end(kKeys),
                                   [&](const Key& known) { return known.name == name; });
    return key == std::end(kKeys) ? nullptr : key;
}

/// The keys that exclude or need each other.
void check_together(Work& work, const toml::table& table, const std::vector<Entry>& entries) {
    const Entry* command = nullptr;
    for (const Entry& entry : entries) {
        if (entry.name != "run" && entry.name != "shell" && entry.name != "use") {
            continue;
        }
        if (command != nullptr) {
            work.reader.error(span_of(*entry.key),
                              entry.quoted() + " and " + command->quoted() + " exclude each other");
        }
        command = &entry;
    }
    if (command == nullptr) {
        work.reader.error(span_of(table), "this stage has no command",
                          "one of run = [\"program\", ..], shell = \"..\", use = \"..\"");
    }
    const auto key_of = [&](std::string_view name) {
        const auto found = std::find_if(entries.begin(), entries.end(),
                                        [&](const Entry& entry) { return entry.name == name; });
        return found == entries.end() ? nullptr : &*found;
    };
    const Entry* from = key_of("from");
    const Entry* in = key_of("stdin");
    if (from != nullptr && in != nullptr) {
        const Entry* second =
            span_of(*from->key).place.line > span_of(*in->key).place.line ? from : in;
        work.reader.error(span_of(*second->key), "'from' and 'stdin' exclude each other",
                          "'from' reads a stage, 'stdin' a file or a text");
    }
    const Entry* args = key_of("args");
    if (args != nullptr && key_of("use") == nullptr) {
        work.reader.error(span_of(*args->key), "'args' belongs to 'use'",
                          "with 'run' the arguments follow the program in one array");
    }
}

}  // namespace

std::span<const std::string_view> stage_keys() {
    return kKeyNames;
}

Stage read_stage(Reader& reader, const toml::table& table,
                 const std::vector<std::string>& parameters) {
    Stage stage;
    stage.place = span_of(table).place;
    const std::vector<Entry> entries = entries_of(table);

    // texts of the process may name ports that are declared further down
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    for (const Entry& entry : entries) {
        if (entry.name == "inputs" && entry.value->is_table()) {
            for (const auto& [key, value] : *entry.value->as_table()) {
                inputs.emplace_back(key.str());
            }
        } else if (entry.name == "outputs" && entry.value->is_array()) {
            for (const toml::node& value : *entry.value->as_array()) {
                if (const auto* name = value.as_string()) {
                    outputs.push_back(name->get());
                }
            }
        }
    }
    std::sort(inputs.begin(), inputs.end());
    std::sort(outputs.begin(), outputs.end());
    Work work{reader, stage, {&parameters, &inputs, &outputs}, {&parameters, nullptr, nullptr}};
    for (const Entry& entry : entries) {
        if (const Key* key = find_key(entry.name)) {
            key->read(work, entry);
        } else {
            reader.unknown_key(entry, "a stage", kKeyNames);
        }
    }
    check_together(work, table, entries);
    if (stage.command != Stage::Command::shell && stage.run.empty()) {
        // whoever looks for more errors finds a program all the same
        stage.run.push_back(literal_template("?", {}));
    }
    return stage;
}

}  // namespace pipectl
