// What a process is given besides its command: environment, ports, signals, mask, user, statuses.

#include <algorithm>
#include <csignal>
#include <set>
#include <unordered_map>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kSignalKeys[] = {"ignore", "default", "cancel"};

std::optional<int> read_signal(Reader& reader, const Entry& entry) {
    const auto name = reader.text(entry, "the name of a signal such as \"SIGHUP\"");
    if (!name) {
        return std::nullopt;
    }
    const auto number = signal_number(*name);
    if (!number) {
        reader.error(span_of(*entry.value),
                     "unknown signal '" + *name + "'" + reader.suggestion(*name, signal_names()));
    }
    return number;
}

/// Signals whose disposition a stage starts with; signal(7): SIGKILL and SIGSTOP have none.
std::vector<int> read_dispositions(Reader& reader, const Entry& entry) {
    std::vector<int> numbers;
    const auto elements = reader.elements(entry, "an array of signals");
    if (!elements) {
        return numbers;
    }
    for (const Entry& element : *elements) {
        const auto number = read_signal(reader, element);
        if (number == SIGKILL || number == SIGSTOP) {
            reader.error(span_of(*element.value),
                         signal_name(*number) + " cannot be ignored, caught or reset");
        } else if (number) {
            numbers.push_back(*number);
        }
    }
    return numbers;
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

}  // namespace

Environment read_environment(Reader& reader, const Entry& entry, const TemplateScope& scope) {
    Environment environment;
    const toml::table* table = reader.table(entry, "a table of variables");
    if (table == nullptr) {
        return environment;
    }
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
        if (text) {
            if (const auto look = shell_look_of_variable(*text)) {
                reader.warning(span_of(*variable.value), look->message, look->hint);
            }
            environment.emplace_back(name, read_template(reader, variable, *text, scope));
        }
    }
    return environment;
}

std::vector<InputPort> read_inputs(Reader& reader, const Entry& entry) {
    std::vector<InputPort> inputs;
    const toml::table* table =
        reader.table(entry, "a table of ports, each with what feeds it: { left = \"stage\" }");
    if (table == nullptr) {
        return inputs;
    }
    for (const Entry& port : entries_of(*table)) {
        const Span where = span_of(*port.key);
        const std::string name(port.name);
        std::vector<Feed> feeds = read_feeds(reader, port);
        if (check_port(reader, where, name, {})) {
            inputs.push_back({{name, where.place}, std::move(feeds)});
        }
    }
    return inputs;
}

std::vector<Located<std::string>> read_outputs(Reader& reader, const Entry& entry) {
    std::vector<Located<std::string>> outputs;
    std::unordered_map<std::string, Place> before;
    const auto elements = reader.elements(entry, "an array of names of ports");
    if (!elements) {
        return outputs;
    }
    for (const Entry& element : *elements) {
        const auto name = reader.text(element);
        const Span where = span_of(*element.value);
        if (name && check_port(reader, where, *name, before)) {
            before.emplace(*name, where.place);
            outputs.push_back({*name, where.place});
        }
    }
    return outputs;
}

SignalSettings read_signals(Reader& reader, const Entry& entry) {
    SignalSettings settings;
    const toml::table* table =
        reader.table(entry, "a table { ignore = [..], default = [..], cancel = \"..\" }");
    if (table == nullptr) {
        return settings;
    }
    for (const Entry& part : entries_of(*table)) {
        if (part.name == "ignore") {
            settings.ignore = read_dispositions(reader, part);
        } else if (part.name == "default") {
            settings.reset = read_dispositions(reader, part);
        } else if (part.name == "cancel") {
            settings.cancel = read_signal(reader, part);
            if (settings.cancel == SIGSTOP || settings.cancel == SIGCONT) {
                reader.error(span_of(*part.value),
                             signal_name(*settings.cancel) + " cannot end a process");
            }
        } else {
            reader.unknown_key(part, "'signals'", kSignalKeys);
        }
    }
    const std::set<int> ignored(settings.ignore.begin(), settings.ignore.end());
    const std::set<int> reset(settings.reset.begin(), settings.reset.end());
    for (const int number : reset) {
        if (ignored.contains(number)) {
            reader.error(span_of(*entry.value),
                         signal_name(number) + " is in both 'ignore' and 'default'");
        }
    }
    return settings;
}

std::optional<unsigned> read_umask(Reader& reader, const Entry& entry) {
    constexpr unsigned kLargestMask = 0777;
    const Span where = span_of(*entry.value);
    const std::string rule = "write it in octal: \"022\" or 0o22";
    if (const auto* number = entry.value->as_integer()) {
        const std::int64_t mask = number->get();
        const bool octal = (number->flags() & toml::value_flags::format_as_octal) ==
                           toml::value_flags::format_as_octal;
        if ((!octal && mask != 0) || mask < 0 || mask > kLargestMask) {
            reader.error(where,
                         octal ? "'umask' must be from 0o0 to 0o777"
                               : "'umask' " + std::to_string(mask) + " is not in octal",
                         octal ? "" : rule);
            return std::nullopt;
        }
        return static_cast<unsigned>(mask);
    }
    const auto text = reader.text(entry, "a mask in octal such as \"022\"");
    if (!text) {
        return std::nullopt;
    }
    unsigned mask = 0;
    for (const char c : *text) {
        mask = c >= '0' && c <= '7' && mask <= kLargestMask ? mask * 8 + unsigned(c - '0')
                                                            : kLargestMask + 1;
    }
    if (text->empty() || mask > kLargestMask) {
        reader.error(where, "'umask' must be a mask from \"000\" to \"777\", not '" + *text + "'",
                     rule);
        return std::nullopt;
    }
    return mask;
}

std::optional<Located<std::string>> read_user(Reader& reader, const Entry& entry) {
    const Span where = span_of(*entry.value);
    if (const auto number = entry.value->value_exact<std::int64_t>()) {
        constexpr std::int64_t kLargestUser = 0xFFFF'FFFE;
        const auto user = reader.integer(entry, 0, kLargestUser);
        return user ? std::optional(Located<std::string>{std::to_string(*user), where.place})
                    : std::nullopt;
    }
    const auto name = reader.text(entry, "the name or number of a user");
    if (name && name->empty()) {
        reader.error(where, "'user' is empty");
        return std::nullopt;
    }
    return name ? std::optional(Located<std::string>{*name, where.place}) : std::nullopt;
}

void read_ok(Reader& reader, const Entry& entry, Stage& stage) {
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
    if (!elements) {
        return;
    }
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

}  // namespace pipectl
