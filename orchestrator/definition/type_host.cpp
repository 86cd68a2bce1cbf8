// [hosts.NAME]: machines, and how pipectl gets there.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::int64_t kMostHosts = 1000;
constexpr std::string_view kHereName = "here";

/// "w", or "w.2" of a group.
bool is_host_name(std::string_view name) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return is_name(name);
    const std::string_view number = name.substr(dot + 1);
    return is_name(name.substr(0, dot)) && !number.empty() && number.front() != '0' &&
           number.find_first_not_of("0123456789") == std::string_view::npos;
}

void check_engines(Reader& reader, const Entry& entry, const toml::table& table) {
    std::vector<std::string> given;
    for (const char* engine : {"ssh", "slurm", "local", "command"}) {
        if (table.get(engine) != nullptr) given.emplace_back(engine);
    }
    if (given.empty()) {
        reader.error(span_of(*entry.key),
                     "nothing says how to get to host '" + std::string(entry.name) + "'",
                     "ssh = \"user@node1\", slurm = { nodes = 2 }, local = 2 or command = [..]");
    } else if (given.size() > 1) {
        reader.error(
            span_of(*entry.key),
            "host '" + std::string(entry.name) + "' has " + quoted_list(given) + " at once",
            "exactly one of them says how to get there");
    }
}

/// An address of the kernel's, without the network's length.
int bits_of_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
    return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : 0;
}

bool is_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const int bits = bits_of_address(std::string(text.substr(0, slash)));
    if (bits == 0 || slash == std::string_view::npos) return bits != 0;
    const std::string_view length = text.substr(slash + 1);
    int number = -1;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), number);
    return error == std::errc() && end == length.data() + length.size() && number >= 0 &&
           number <= bits;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && number > 0 ? std::optional(number) : std::nullopt;
}

/// A text for another program's command line, in which it is one word.
std::optional<std::string> read_word_for(Reading& reading, const Entry& entry,
                                         std::string_view expected) {
    auto word = reading.reader.text(entry, expected);
    if (!word) return std::nullopt;
    if (word->empty()) {
        reading.reader.error(span_of(*entry.value), entry.quoted() + " is empty");
        return std::nullopt;
    }
    return word;
}

std::optional<Located<std::string>> read_destination(Reading& reading, const Entry& entry) {
    auto to = read_word_for(reading, entry, "an address such as \"user@node1\"");
    if (!to) return std::nullopt;
    const Span where = span_of(*entry.value);
    if (to->front() == '-') {
        reading.reader.error(where, "'" + *to + "' would be an option of ssh, not an address",
                             "options: ssh = { to = \"node1\", options = [\"-o\", \"..\"] }");
        return std::nullopt;
    }
    if (to->find_first_of(" \t\n") != std::string::npos) {
        reading.reader.error(where, "'" + *to + "' is no address: it has blanks in it",
                             "several machines are an array: ssh = [\"node1\", \"node2\"]");
        return std::nullopt;
    }
    return Located<std::string>{std::move(*to), where.place};
}

}  // namespace

std::vector<HostSpec> read_hosts(Reader& reader, const Entry& entry, const TemplateScope& scope) {
    std::vector<HostSpec> hosts;
    const toml::table* table = reader.table(entry, "tables: [hosts.NAME]");
    if (table == nullptr) return hosts;
    for (const Entry& part : entries_of(*table)) {
        const toml::table* keys = reader.table(part, "a table: [hosts.NAME] with ssh = \"node1\"");
        if (keys == nullptr) continue;
        const Span where = span_of(*part.key);
        HostSpec host;
        host.name = {std::string(part.name), where.place};
        if (!is_name(part.name)) {
            reader.error(where, part.quoted() + " is no name of a host",
                         "names have " + std::string(kNameRule));
            continue;
        }
        if (part.name == kHereName) {
            reader.error(where, "'here' is the machine that pipectl runs on",
                         "a stage without `host` runs there; give this one another name");
            continue;
        }
        Reading reading{reader, scope, scope};
        read_keys(reading, *keys, kHostTable, host);
        check_engines(reader, part, *keys);
        hosts.push_back(std::move(host));
    }
    return hosts;
}

namespace type {

namespace {

using Destinations = std::vector<Located<std::string>>;

std::optional<Destinations> read_destinations(Reading& reading, const Entry& entry) {
    Destinations all;
    if (!entry.value->is_array()) {
        auto one = read_destination(reading, entry);
        if (!one) return std::nullopt;
        all.push_back(std::move(*one));
        return all;
    }
    const auto elements = reading.reader.elements(entry, "an array of addresses");
    for (const Entry& element : *elements) {
        if (auto one = read_destination(reading, element)) all.push_back(std::move(*one));
    }
    if (elements->empty()) {
        reading.reader.error(span_of(*entry.value), entry.quoted() + " names no machine");
    } else if (elements->size() > kMostHosts) {
        reading.reader.error(span_of(*entry.value), "these are more than 1000 machines");
    }
    return all.empty() ? std::nullopt : std::optional(std::move(all));
}

std::string write_destinations(const Destinations& all, std::size_t column) {
    if (all.size() == 1) return toml_basic(all.front().value);
    std::vector<std::string> words;
    for (const Located<std::string>& each : all)
        words.push_back(toml_basic(each.value));
    return toml_array(words, column);
}

std::optional<std::vector<std::string>> read_words_for(Reading& reading, const Entry& entry) {
    const auto elements = reading.reader.elements(entry, "an array of words");
    if (!elements) return std::nullopt;
    std::vector<std::string> words;
    for (const Entry& element : *elements) {
        if (auto word = read_word_for(reading, element, "a word")) words.push_back(*word);
    }
    return words;
}

std::string write_words_for(const std::vector<std::string>& words, std::size_t column) {
    std::vector<std::string> quoted;
    for (const std::string& each : words)
        quoted.push_back(toml_basic(each));
    return toml_array(quoted, column);
}

std::optional<std::vector<std::string>> read_variables(Reading& reading, const Entry& entry) {
    const auto elements = reading.reader.elements(entry, "an array of names of variables");
    if (!elements) return std::nullopt;
    std::vector<std::string> names;
    for (const Entry& element : *elements) {
        if (auto name = kVariable.read(reading, element)) names.push_back(std::move(name->value));
    }
    return names;
}

std::optional<std::string> read_slurm_word(Reading& reading, const Entry& entry) {
    return read_word_for(reading, entry, "a text");
}

std::optional<std::string> read_network(Reading& reading, const Entry& entry) {
    auto text = reading.reader.text(entry, "an address or a network such as \"10.0.0.0/8\"");
    if (text && !is_network(*text)) {
        reading.reader.error(span_of(*entry.value),
                             "'" + *text + "' is neither an address nor a network",
                             "numbers, not names: \"10.0.0.7\", \"10.0.0.0/8\", \"fd00::/8\"");
        return std::nullopt;
    }
    return text;
}

std::optional<HostSpec::Ports> read_port_range(Reading& reading, const Entry& entry) {
    const auto text = reading.reader.text(entry, "ports such as \"40000-40100\"",
                                          "one alone is written \"40000\"");
    if (!text) return std::nullopt;
    const std::size_t dash = text->find('-');
    const auto first = port_number(std::string_view(*text).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : port_number(std::string_view(*text).substr(dash + 1));
    if (!first || !last || *last < *first) {
        reading.reader.error(span_of(*entry.value), "'" + *text + "' are no ports",
                             "from 1 to 65535, the lower one first: \"40000-40100\"");
        return std::nullopt;
    }
    return HostSpec::Ports{*first, *last};
}

std::string write_port_range(const HostSpec::Ports& ports, std::size_t /*column*/) {
    const std::string first = std::to_string(ports.first);
    if (ports.first == ports.last) return toml_basic(first);
    return toml_basic(first + "-" + std::to_string(ports.last));
}

std::optional<Located<std::string>> read_host_name(Reading& reading, const Entry& entry) {
    auto name = reading.reader.text(entry, "the name of a host");
    const Span where = span_of(*entry.value);
    if (!name) return std::nullopt;
    if (!is_host_name(*name)) {
        reading.reader.error(where, "'" + *name + "' is no name of a host",
                             "it is one of [hosts], \"NAME\", or \"NAME.2\" of a group; an "
                             "address stands there: [hosts.NAME] ssh = \"..\"");
        return std::nullopt;
    }
    return Located<std::string>{std::move(*name), where.place};
}

}  // namespace

void read_ssh(Reading& reading, const Entry& entry, HostSpec& host) {
    HostSpec::Ssh ssh;
    if (const toml::table* table = entry.value->as_table()) {
        read_keys(reading, *table, kSshTable, ssh);
        if (table->get("to") == nullptr) {
            reading.reader.error(span_of(*entry.value), "'ssh' as a table needs 'to'",
                                 "for instance ssh = { to = \"node1\", config = \"ssh_config\" }");
        }
    } else if (!entry.value->is_string() && !entry.value->is_array()) {
        reading.reader.wrong_type(entry,
                                  "an address, an array of them or a table { to, config, "
                                  "options }");
    } else if (auto to = read_destinations(reading, entry)) {
        ssh.to = std::move(*to);
    }
    host.engine = std::move(ssh);
}

std::string write_ssh(const HostSpec& host, std::size_t column) {
    const auto* ssh = std::get_if<HostSpec::Ssh>(&host.engine);
    if (ssh == nullptr) return {};
    if (!ssh->config && ssh->options.empty()) return write_destinations(ssh->to, column);
    return toml_table(toml_entries(kSshTable, *ssh, column));
}

void read_slurm(Reading& reading, const Entry& entry, HostSpec& host) {
    SlurmNeeds needs;
    if (const toml::table* table =
            reading.reader.table(entry, "a table: { nodes = 2, time = \"1h\" }")) {
        read_keys(reading, *table, kSlurmTable, needs);
    }
    host.engine = std::move(needs);
}

std::string write_slurm(const HostSpec& host, std::size_t column) {
    const auto* needs = std::get_if<SlurmNeeds>(&host.engine);
    return needs == nullptr ? "" : toml_table(toml_entries(kSlurmTable, *needs, column));
}

void read_local(Reading& reading, const Entry& entry, HostSpec& host) {
    host.engine = HostSpec::Local{kHostCount.read(reading, entry).value_or(1)};
}

std::string write_local(const HostSpec& host, std::size_t /*column*/) {
    const auto* local = std::get_if<HostSpec::Local>(&host.engine);
    return local == nullptr ? "" : std::to_string(local->count);
}

void read_host_command(Reading& reading, const Entry& entry, HostSpec& host) {
    HostSpec::Command command;
    if (auto words = read_words_for(reading, entry)) {
        if (words->empty() && entry.value->as_array()->empty()) {
            reading.reader.error(span_of(*entry.value), "'command' is empty");
        }
        command.argv = std::move(*words);
    }
    host.engine = std::move(command);
}

std::string write_host_command(const HostSpec& host, std::size_t column) {
    const auto* command = std::get_if<HostSpec::Command>(&host.engine);
    return command == nullptr ? "" : write_words_for(command->argv, column);
}

constexpr std::string_view kDestinationSchema =
    R"("anyOf":[{"type":"string","pattern":"^[^-\\s]\\S*$"},{"type":"array","minItems":1,)"
    R"("maxItems":1000,"items":{"type":"string","pattern":"^[^-\\s]\\S*$"}}])";

const Type<Destinations> kDestinations = {
    {"address, or array of them", kDestinationSchema}, read_destinations, write_destinations};
const AnyType kSsh = {.name = "address, array of them, or a table",
                      .schema = R"("anyOf":[@part,@table])",
                      .part = &kDestinations,
                      .table = &kSshTable};
const AnyType kSlurm = {.name = "table", .schema = R"("allOf":[@table])", .table = &kSlurmTable};
const AnyType kHostCommand = {
    "array of words", R"("type":"array","minItems":1,"items":{"type":"string","minLength":1})"};
const Type<std::int64_t> kHostCount = {
    {"number from 1 to 1000", R"("type":"integer","minimum":1,"maximum":1000)"},
    [](Reading& reading, const Entry& entry) {
        return reading.reader.integer(entry, 1, kMostHosts);
    },
    [](const std::int64_t& count, std::size_t /*column*/) { return std::to_string(count); }};
const Type<std::vector<std::string>> kWordList = {
    {"array of words", R"("type":"array","items":{"type":"string","minLength":1})"},
    read_words_for,
    write_words_for};
const Type<std::vector<std::string>> kVariables = {{.name = "array of names of variables",
                                                    .schema = R"("type":"array","items":@part)",
                                                    .part = &kVariable},
                                                   read_variables,
                                                   write_words_for};
const Type<std::string> kSlurmWord = {
    {"text", R"("type":"string","minLength":1)"},
    read_slurm_word,
    [](const std::string& word, std::size_t /*column*/) { return toml_basic(word); }};
const Type<std::string> kNetwork = {
    {"address or network", R"("type":"string","pattern":"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$")"},
    read_network,
    [](const std::string& network, std::size_t /*column*/) { return toml_basic(network); }};
const Type<HostSpec::Ports> kPortRange = {
    {"port, or `\"FIRST-LAST\"`",
     R"("type":"string","pattern":"^0*[1-9][0-9]{0,4}(-0*[1-9][0-9]{0,4})?$")"},
    read_port_range,
    write_port_range};
const Type<Located<std::string>> kHostName = {
    {"name of a host, or `\"NAME.2\"`",
     R"("type":"string","pattern":"^[A-Za-z0-9_-]+([.][1-9][0-9]*)?$")"},
    read_host_name,
    [](const Located<std::string>& name, std::size_t /*column*/) {
        return toml_basic(name.value);
    }};
const AnyType kHosts = {.name = "tables",
                        .schema =
                            R"("type":"object","propertyNames":{"pattern":"^[A-Za-z0-9_-]+$",)"
                            R"("not":{"const":"here"}},"additionalProperties":@table)",
                        .table = &kHostTable};

}  // namespace type

}  // namespace pipectl
