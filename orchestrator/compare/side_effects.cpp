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

/// A spool file that stays, or one with a name of its own: of the user's own choice.
std::string kept_file_of(const Plan& plan, int process) {
    for (const Link& link : plan.links) {
        if (link.reader != process || !channel::flag_of(link.settings, "keep", false)) continue;
        return "keeps a spool file ('" + channel::text_of(link.settings, "path", "") + "')";
    }
    return {};
}

std::string reason_for(const Stage& stage, const Plan& plan, std::size_t index) {
    if (std::string reason = endpoint_in(stage); !reason.empty()) return reason;
    if (stage.detach) return "leaves processes behind (`detach`)";
    const Process& process = plan.processes[index];
    if (std::string reason = kept_file_of(plan, static_cast<int>(index)); !reason.empty()) {
        return reason;
    }
    return risk_of(process.shown_argv);
}

}  // namespace

std::vector<Diagnostic> find_side_effects(const Definition& definition, const Plan& plan) {
    std::vector<Diagnostic> found;
    for (std::size_t i = 0; i < definition.stages.size() && i < plan.processes.size(); ++i) {
        const Stage& stage = definition.stages[i];
        const std::string reason = reason_for(stage, plan, i);
        if (reason.empty()) continue;
        Diagnostic diagnostic;
        diagnostic.place = stage.command_place;
        diagnostic.message = "stage '" + stage.name.value + "' " + printable(reason) +
                             ": every run of a comparison would do it again";
        diagnostic.hint =
            "--yes runs it all the same; or compare a copy of the pipeline without it";
        found.push_back(std::move(diagnostic));
    }
    return found;
}

}  // namespace pipectl::compare
