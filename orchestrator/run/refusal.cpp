#include "orchestrator/run/refusal.hpp"

#include <utility>

#include "orchestrator/event/mask_event.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/clock.hpp"

namespace pipectl {

namespace {

/// A stage's own entry in the record need not name the stage again.
std::string without_stage(const std::string& message, const std::string& stage) {
    const std::string prefix = "stage '" + stage + "': ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

}  // namespace

RunStarted start_of_run(const Plan& plan, const std::string& run_id) {
    RunStarted start;
    start.run = run_id;
    start.pipeline = plan.name;
    start.source = plan.source;
    start.started_at = utc_now();
    for (const Process& process : plan.processes) {
        const Place place = process.command_place.known() ? process.command_place : process.place;
        start.processes.push_back({process.name, process.role == Role::helper, process.shown_argv,
                                   place.line, process.cached,
                                   process.host == 0 ? "" : plan.hosts[process.host].name});
    }
    for (const Edge& edge : plan.edges) {
        start.edges.push_back({edge.from, edge.to, edge.via});
    }
    for (const auto& [name, value] : plan.params) {
        start.params.push_back({name, value});
    }
    return start;
}

std::vector<Event> refused_run(const Plan& plan, int status,
                               const std::vector<PreflightFailure>& failures) {
    std::vector<Event> events;
    const auto add = [&](decltype(Event::what) what) {
        mask(what, plan.secrets);
        events.push_back({0, std::move(what)});
    };
    add(start_of_run(plan, make_run_id()));
    std::string message;
    for (const PreflightFailure& failure : failures) {
        const std::string& text = failure.diagnostic.message;
        message += (message.empty() ? "" : "; ") + text;
        if (failure.process >= 0) {
            const std::size_t index = failure.process;
            add(StartFailed{failure.process, without_stage(text, plan.processes[index].name),
                            failure.status});
        }
    }
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        add(ProcessJudged{static_cast<int>(i), Verdict::not_started});
    }
    for (const OutputFile& output : plan.outputs) {
        add(OutputDecided{output.path, false, ""});
    }
    RunEnded end;
    end.verdict = Verdict::failed;
    end.exit = status;
    end.message = std::move(message);
    add(std::move(end));
    return events;
}

}  // namespace pipectl
