#include "tests/unit/planned.hpp"

#include <algorithm>

#include "orchestrator/definition/parse.hpp"
#include "tests/support/catch.hpp"

namespace pipectl {

std::string Planned::messages() const {
    std::string all;
    for (const Diagnostic& each : diagnostics) {
        all += (each.severity == Severity::warning ? "warning: " : "") + each.message + "\n";
    }
    return all;
}

bool Planned::says(const std::string& part) const {
    return messages().find(part) != std::string::npos;
}

const Diagnostic& Planned::diagnostic(const std::string& part) const {
    for (const Diagnostic& each : diagnostics) {
        if (each.message.find(part) != std::string::npos) return each;
    }
    FAIL("no diagnostic says '" << part << "' but:\n" << messages());
    return diagnostics.front();
}

bool Planned::has_process(const std::string& name) const {
    return std::any_of(plan.processes.begin(), plan.processes.end(),
                       [&](const Process& each) { return each.name == name; });
}

const Process& Planned::process(const std::string& name) const {
    std::string names;
    for (const Process& each : plan.processes) {
        if (each.name == name) return each;
        names += " '" + each.name + "'";
    }
    FAIL("no process '" << name << "' but" << names << "\n" << messages());
    return plan.processes.front();
}

std::string Planned::at(const std::string& name, int number) const {
    const Process& of = process(name);
    const auto found = std::find_if(of.descriptors.begin(), of.descriptors.end(),
                                    [&](const Descriptor& each) { return each.number == number; });
    if (found == of.descriptors.end()) return "-";
    const auto index = static_cast<std::size_t>(found->index);
    const auto peer = [this](int process) {
        return plan.processes[static_cast<std::size_t>(process)].name;
    };
    switch (found->what) {
        case Descriptor::What::link_writer:
            return "writes " + std::string(plan.links[index].kind->name) + " to " +
                   peer(plan.links[index].reader);
        case Descriptor::What::link_reader:
            return "reads " + std::string(plan.links[index].kind->name) + " from " +
                   peer(plan.links[index].writer);
        case Descriptor::What::link_finish: return "finish of " + peer(plan.links[index].writer);
        case Descriptor::What::inherited: return "inherits " + std::to_string(found->index);
        case Descriptor::What::null: return "null";
        case Descriptor::What::recording: return "recording";
        case Descriptor::What::tap: return "tap";
        case Descriptor::What::report: return "report";
        case Descriptor::What::text: return "text " + plan.texts[index];
        case Descriptor::What::input_file: return "file " + plan.inputs[index].path;
        case Descriptor::What::output_file: return "file " + plan.outputs[index].path;
        case Descriptor::What::stream_file: return "keeps " + std::to_string(found->index);
        case Descriptor::What::spool_writer: return "fills " + std::to_string(found->index);
        case Descriptor::What::spool_reader: return "opens " + std::to_string(found->index);
        case Descriptor::What::same_as: return "same as " + std::to_string(found->index);
    }
    return {};
}

std::string Planned::command(const std::string& name) const {
    std::string words;
    for (const std::string& word : process(name).argv) {
        words += (words.empty() ? "" : " ") + word;
    }
    return words;
}

std::string Planned::variable(const std::string& process_name, const std::string& name) const {
    for (const auto& [each, value] : process(process_name).env) {
        if (each == name) return value;
    }
    return "(unset)";
}

std::string stage(const std::string& name, const std::string& rest) {
    return "[[stage]]\nname = \"" + name + "\"\nrun = [\"" + name + "\"]\n" + rest + "\n";
}

Planned planned(const std::string& toml, const PlanRequest& request) {
    const ParseResult parsed = parse_definition({"test.toml", toml});
    INFO(toml);
    REQUIRE(parsed.readable);
    PlanResult made = make_plan(parsed.definition, request);
    Planned result{std::move(made.plan), parsed.diagnostics};
    for (Diagnostic& each : made.diagnostics) {
        result.diagnostics.push_back(std::move(each));
    }
    return result;
}

Planned planned_well(const std::string& toml, const PlanRequest& request) {
    Planned result = planned(toml, request);
    INFO(toml);
    REQUIRE(result.messages() == "");
    return result;
}

}  // namespace pipectl
