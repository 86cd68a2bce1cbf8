// Types of what a process is given besides its command: its environment and its signals.

#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <set>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl::type {

namespace {

std::optional<Environment> read_environment(Reading& reading, const Entry& entry) {
    Reader& reader = reading.reader;
    const toml::table* table = reader.table(entry, "a table of variables");
    if (table == nullptr) return std::nullopt;
    Environment environment;
    for (const Entry& variable : entries_of(*table)) {
        const Span where = span_of(*variable.key);
        const std::string name(variable.name);
        if (name.empty() || name.find('=') != std::string::npos ||
            name.find('\0') != std::string::npos) {
            reader.error(where, "'" + name + "' is no name of an environment variable");
            continue;
        }
        if (name.starts_with("PIPECTL_IN_") || name.starts_with("PIPECTL_OUT_")) {
            reader.error(where, "'" + name + "' is set by pipectl itself, from the stage's ports");
            continue;
        }
        const auto text = reader.text(variable, "a string", "put the value in quotes");
        if (!text) continue;
        if (const auto look = shell_look_of_variable(*text)) {
            reader.warning(span_of(*variable.value), look->message, look->hint);
        }
        environment.emplace_back(name, read_template(reader, variable, *text, reading.process));
    }
    return environment;
}

std::string write_environment(const Environment& environment, std::size_t /*column*/) {
    std::vector<std::string> entries;
    entries.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        entries.push_back(toml_key(name) + " = " + toml_template(value));
    }
    return toml_table(entries);
}

std::optional<int> read_signal(Reader& reader, const Entry& entry) {
    const auto name = reader.text(entry, "the name of a signal such as \"SIGHUP\"");
    if (!name) return std::nullopt;
    const auto number = signal_number(*name);
    if (!number) {
        reader.error(span_of(*entry.value),
                     "unknown signal '" + *name + "'" + reader.suggestion(*name, signal_names()));
    }
    return number;
}

std::string write_signal(const int& number, std::size_t /*column*/) {
    const std::string name = signal_name(number);
    return toml_basic(signal_number(name) == number ? name : std::to_string(number));
}

/// Signals; signal(7): SIGKILL and SIGSTOP can have nothing done about them. `cannot`: what.
std::optional<std::vector<int>> read_signal_list(Reading& reading, const Entry& entry,
                                                 const char* cannot) {
    const auto elements = reading.reader.elements(entry, "an array of signals");
    if (!elements) return std::nullopt;
    std::vector<int> numbers;
    for (const Entry& element : *elements) {
        const auto number = read_signal(reading.reader, element);
        if (number == SIGKILL || number == SIGSTOP) {
            reading.reader.error(span_of(*element.value),
                                 signal_name(*number) + " cannot be " + cannot);
        } else if (number) {
            numbers.push_back(*number);
        }
    }
    return numbers;
}

/// Signals whose disposition a stage starts with.
std::optional<std::vector<int>> read_dispositions(Reading& reading, const Entry& entry) {
    return read_signal_list(reading, entry, "ignored, caught or reset");
}

std::optional<std::vector<int>> read_blocked(Reading& reading, const Entry& entry) {
    return read_signal_list(reading, entry, "blocked");
}

std::string write_dispositions(const std::vector<int>& numbers, std::size_t column) {
    std::vector<std::string> names;
    names.reserve(numbers.size());
    for (const int number : numbers) {
        names.push_back(write_signal(number, column));
    }
    return toml_array(names, column);
}

std::optional<int> read_cancel(Reading& reading, const Entry& entry) {
    const auto number = read_signal(reading.reader, entry);
    if (number == SIGSTOP || number == SIGCONT) {
        reading.reader.error(span_of(*entry.value), signal_name(*number) + " cannot end a process");
        return std::nullopt;
    }
    return number;
}

std::optional<SignalSettings> read_signals(Reading& reading, const Entry& entry) {
    const toml::table* table =
        reading.reader.table(entry, "a table { ignore, default, block, cancel }");
    if (table == nullptr) return std::nullopt;
    SignalSettings settings;
    read_keys(reading, *table, kSignalsTable, settings);
    const std::set<int> ignored(settings.ignore.begin(), settings.ignore.end());
    const std::set<int> reset(settings.reset.begin(), settings.reset.end());
    for (const int number : reset) {
        if (ignored.contains(number)) {
            reading.reader.error(span_of(*entry.value),
                                 signal_name(number) + " is in both 'ignore' and 'default'");
        }
    }
    const int cancel = settings.cancel.value_or(SIGTERM);
    if (std::find(settings.block.begin(), settings.block.end(), cancel) != settings.block.end()) {
        reading.reader.warning(span_of(*entry.value),
                               signal_name(cancel) + ", which cancels this stage, is blocked",
                               "until the program unblocks it, it is ended by SIGKILL after "
                               "`grace`; another one: cancel = \"SIGINT\"");
    }
    return settings;
}

/// Names of signals as signal_number() takes them: in either case, with or without "SIG", and
/// numbers; but for those that make no sense here.
std::string signal_schema(std::initializer_list<int> refused) {
    std::string upper;
    for (const std::string& name : signal_names()) {
        const int number = signal_number(name).value_or(0);
        if (std::find(refused.begin(), refused.end(), number) == refused.end()) {
            upper += name.substr(3) + "|";
        }
    }
    std::string lower = upper;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return R"("type":"string","pattern":"^((SIG)?()" + upper +
           "RTMIN[+][0-9]+|RTMAX-[0-9]+)|(sig)?(" + lower + R"(rtmin)|[1-9][0-9]?)$")";
}

}  // namespace

const Type<Environment> kEnvironment = {
    {"table of texts",
     R"("type":"object","propertyNames":{"pattern":"^(?!PIPECTL_(IN|OUT)_)[^=]+$"},)"
     R"("additionalProperties":{"type":"string"})"},
    read_environment,
    write_environment};
const Type<SignalSettings> kSignals = {
    {.name = "table", .schema = R"("allOf":[@table])", .table = &kSignalsTable},
    read_signals,
    [](const SignalSettings& settings, std::size_t column) {
        return toml_table(toml_entries(kSignalsTable, settings, column));
    }};
const Type<std::vector<int>> kDispositions = {
    {.name = "array of signals",
     .make_schema =
         [](Schema&) {
             return R"("type":"array","items":{)" + signal_schema({SIGKILL, SIGSTOP}) + "}";
         }},
    read_dispositions,
    write_dispositions};
const Type<std::vector<int>> kBlocked = {
    {.name = "array of signals",
     .make_schema =
         [](Schema&) {
             return R"("type":"array","items":{)" + signal_schema({SIGKILL, SIGSTOP}) + "}";
         }},
    read_blocked,
    write_dispositions};
const Type<int> kAnySignal = {
    {.name = "signal", .make_schema = [](Schema&) { return signal_schema({}); }},
    [](Reading& reading, const Entry& entry) { return read_signal(reading.reader, entry); },
    write_signal};
const Type<int> kCancelSignal = {{.name = "signal",
                                  .make_schema =
                                      [](Schema&) {
                                          return signal_schema({SIGCONT, SIGSTOP});
                                      }},
                                 read_cancel,
                                 write_signal};

}  // namespace pipectl::type
