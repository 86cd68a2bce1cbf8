// A definition as a part of another one: what it shows outside, and what it is given.

#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

std::vector<PartPort> read_ports(Reader& reader, const Entry& entry) {
    std::vector<PartPort> ports;
    const toml::table* table = reader.table(entry, "a table: [ports]");
    if (table == nullptr) return ports;
    for (const Entry& port : entries_of(*table)) {
        const auto end = reader.text(port, "\"stage\" or \"stage.port\"");
        if (!end) continue;
        const std::size_t dot = end->find('.');
        const std::string of = dot == std::string::npos ? "x" : end->substr(dot + 1);
        if (!is_name(end->substr(0, dot)) || !is_name(of)) {
            reader.error(span_of(*port.value), "'" + *end + "' is no port of a stage",
                         "a port is \"stage\" or \"stage.port\"");
        } else if (!is_name(port.name)) {
            reader.error(span_of(*port.key), port.quoted() + " is no name of a port",
                         "names have " + std::string(kNameRule));
        } else {
            ports.push_back({{std::string(port.name), span_of(*port.key).place},
                             {*end, span_of(*port.value).place}});
        }
    }
    return ports;
}

namespace type {

std::vector<std::string> port_entries(const std::vector<PartPort>& ports) {
    std::vector<std::string> entries;
    entries.reserve(ports.size());
    for (const PartPort& port : ports) {
        entries.push_back(toml_key(port.name.value) + " = " + toml_basic(port.end.value));
    }
    return entries;
}

void read_part_set(Reading& reading, const Entry& entry, Stage& stage) {
    const toml::table* table = reading.reader.table(entry, "a table: { name = \"value\" }");
    if (table == nullptr) return;
    if (!stage.part) stage.part.emplace();
    for (const Entry& each : entries_of(*table)) {
        const Located<std::string> name = {std::string(each.name), span_of(*each.key).place};
        if (each.value->is_string()) {
            auto text = read_template(reading.reader, each, reading.file);
            if (text) stage.part->set.emplace_back(name, std::move(*text));
        } else if (each.value->is_value()) {
            stage.part->set.emplace_back(
                name,
                literal_template(reading.reader.spelling(*each.value), span_of(*each.value).place));
        } else {
            reading.reader.wrong_type(each, "a text, a number, true or false");
        }
    }
}

std::string write_part_set(const Stage& stage, std::size_t /*column*/) {
    if (!stage.part || stage.part->set.empty()) return {};
    std::vector<std::string> entries;
    for (const auto& [name, value] : stage.part->set) {
        entries.push_back(toml_key(name.value) + " = " + toml_template(value));
    }
    return toml_table(entries);
}

const AnyType kPorts = {
    "table of ports: `\"stage\"` or `\"stage.port\"`",
    R"("type":"object","propertyNames":{"pattern":"^[A-Za-z0-9_-]+$"},"additionalProperties":)"
    R"({"type":"string","pattern":"^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)?$"})"};
const AnyType kPartSet = {
    "table of parameters",
    R"("type":"object","additionalProperties":{"type":["string","number","boolean"]})"};

}  // namespace type

}  // namespace pipectl
