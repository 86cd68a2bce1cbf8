#include "orchestrator/compare/side_effects.hpp"

#include <variant>

#include "orchestrator/compare/risky_commands.hpp"
#include "stages/base/text.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl::compare {

namespace {

std::string endpoint_in(const Stage& stage) {
    const auto* const in = std::get_if<Endpoint>(&stage.in);
    const auto* const out = std::get_if<Endpoint>(&stage.out);
    const auto* const err = std::get_if<Endpoint>(&stage.err);
    const Endpoint* const any = in != nullptr ? in : out != nullptr ? out : err;
    return any == nullptr ? "" : "meets others at an endpoint ('" + any->kind + "')";
}

std::string reason_for(const Stage& stage, const Process& process) {
    if (std::string reason = endpoint_in(stage); !reason.empty()) return reason;
    if (stage.detach) return "leaves processes behind (`detach`)";
    return risk_of(process.shown_argv);
}

Diagnostic refusal(Place place, const std::string& what) {
    Diagnostic diagnostic;
    diagnostic.place = place;
    diagnostic.message = printable(what) + ": every run of a comparison would do it again";
    diagnostic.hint = "--yes runs it all the same; or compare a copy of the pipeline without it";
    return diagnostic;
}

}  // namespace

std::vector<Diagnostic> find_side_effects(const Definition& definition, const Plan& plan) {
    std::vector<Diagnostic> found;
    for (std::size_t i = 0; i < definition.stages.size() && i < plan.processes.size(); ++i) {
        const Stage& stage = definition.stages[i];
        const std::string reason = reason_for(stage, plan.processes[i]);
        if (reason.empty()) continue;
        found.push_back(refusal(stage.command_place, "stage '" + stage.name.value + "' " + reason));
    }
    for (const Link& link : plan.links) {
        if (!channel::flag_of(link.settings, "keep", false)) continue;
        found.push_back(refusal(link.place, "the channel '" + std::string(link.kind->name) +
                                                "' keeps its file '" +
                                                channel::text_of(link.settings, "path", "") + "'"));
    }
    return found;
}

}  // namespace pipectl::compare
