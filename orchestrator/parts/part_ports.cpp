#include "orchestrator/parts/part_ports.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "orchestrator/plan/ports.hpp"

namespace pipectl {

namespace {

const Stage* find_stage(const Definition& definition, const std::string& name) {
    const auto found = std::find_if(definition.stages.begin(), definition.stages.end(),
                                    [&](const Stage& each) { return each.name.value == name; });
    return found == definition.stages.end() ? nullptr : &*found;
}

bool reads_own_stdin(const Definition& definition, const Stage& stage) {
    if (stage.talks_to || is_talked_to(definition.stages, stage.name.value)) return false;
    if (std::holds_alternative<Inherit>(stage.in)) return true;
    return is_unfed(stage) && &stage == definition.stages.data();
}

/// What "stage.port" means of a stage.
std::optional<PartEnd> end_of(const Stage& stage, const std::string& port) {
    const auto input = std::find_if(stage.inputs.begin(), stage.inputs.end(),
                                    [&](const InputPort& each) { return each.name.value == port; });
    if (input != stage.inputs.end() && input->outside) {
        return PartEnd{stage.name.value, port, true};
    }
    if (!find_output(stage, port)) return std::nullopt;
    return PartEnd{stage.name.value, port, false};
}

}  // namespace

bool is_unfed(const Stage& stage) {
    return stage.from.empty() && !stage.from_place.known() &&
           std::holds_alternative<std::monostate>(stage.in) && !stage.in_place.known() &&
           !stage.talks_to;
}

PartPorts find_ports(const Definition& definition, const PartsByName& parts,
                     const std::string& last, Remarks& remarks) {
    PartPorts ports;
    for (const PartPort& port : definition.ports) {
        const std::string& end = port.end.value;
        const std::size_t length = end.size() + kQuotes;
        const std::size_t dot = end.find('.');
        const std::string name = end.substr(0, dot);
        const bool input = port.name.value == "stdin";
        const std::string of =
            dot == std::string::npos ? (input ? "stdin" : "stdout") : end.substr(dot + 1);
        if (const auto part = parts.find(name); part != parts.end()) {
            const auto found = part->second.find(of);
            if (found == part->second.end() || (input && !found->second.input)) {
                remarks.error(port.end.place, "'" + name + "' has no port '" + of + "'", {},
                              length);
            } else {
                ports[port.name.value] = found->second;
            }
            continue;
        }
        const Stage* const stage = find_stage(definition, name);
        if (stage == nullptr) {
            remarks.error(port.end.place, "there is no stage '" + name + "'", {}, length);
        } else if (input) {
            if (of != "stdin" || !reads_own_stdin(definition, *stage)) {
                remarks.error(port.end.place,
                              "stage '" + name + "' does not read what comes from outside",
                              "the port 'stdin' is the first stage, or one with "
                              "stdin = { inherit = true }",
                              length);
            } else {
                ports["stdin"] = {name, "stdin", true};
            }
        } else if (const auto found = end_of(*stage, of)) {
            ports[port.name.value] = *found;
        } else {
            remarks.error(port.end.place,
                          "stage '" + name + "' has no output '" + of +
                              "', and no input of that name that is a port",
                          "an input is one with inputs = { " + of + " = { port = true } }", length);
        }
    }
    if (definition.stages.empty()) return ports;
    const Stage& first = definition.stages.front();
    if (is_unfed(first) && reads_own_stdin(definition, first)) {
        const auto given = ports.find("stdin");
        if (given == ports.end()) {
            ports["stdin"] = {first.name.value, "stdin", true};
        } else if (given->second.stage != first.name.value) {
            remarks.error(first.name.place,
                          "stage '" + first.name.value +
                              "' reads what comes from outside, and "
                              "[ports] says that '" +
                              given->second.stage + "' does",
                          "stdin = { null = true } for nothing");
        }
    }
    if (!ports.contains("stdout")) {
        const auto part = parts.find(last);
        if (part != parts.end()) {
            const auto found = part->second.find("stdout");
            if (found != part->second.end()) ports["stdout"] = found->second;
        } else if (const Stage* const stage = find_stage(definition, last);
                   stage != nullptr &&
                   (std::holds_alternative<std::monostate>(stage->out) ||
                    std::holds_alternative<FileOutput>(stage->out)) &&
                   !stage->talks_to && !is_talked_to(definition.stages, last)) {
            ports["stdout"] = {last, "stdout", false};
        }
    }
    return ports;
}

}  // namespace pipectl
