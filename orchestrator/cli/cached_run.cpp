#include "orchestrator/cli/cached_run.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "orchestrator/cache/choice.hpp"
#include "orchestrator/compare/risky_commands.hpp"
#include "orchestrator/event/mask_event.hpp"
#include "orchestrator/process/surroundings.hpp"

namespace pipectl {

std::optional<CachedRun> leave_out_cached(const RunOptions& options, const Loaded& loaded,
                                          const Preflight& preflight) {
    const auto environment = own_environment();
    CacheWish wish;
    wish.all = options.cached;
    for (std::size_t i = 0; i < loaded.definition.stages.size(); ++i) {
        std::string risk = compare::risk_of(loaded.plan.processes[i].shown_argv);
        // a log beside the stream; where there is no stream nothing is kept anyway
        if (risk.starts_with(compare::kWritesFile)) risk.clear();
        wish.risks.push_back(std::move(risk));
    }
    CacheChoice choice =
        choose_cached(loaded.definition, loaded.plan, preflight, environment, wish);

    CachedRun run;
    run.loaded.source = loaded.source;
    run.loaded.definition = choice.definition;
    PlanRequest request = loaded.request;
    request.keep = choice.kept();
    request.played = choice.played;
    request.most_kept = choice.limit;
    std::erase_if(request.stage_via, [&](const auto& via) {
        return std::ranges::none_of(choice.definition.stages, [&](const Stage& stage) {
            return stage.name.value == via.first;
        });
    });
    PlanResult planned = make_plan(run.loaded.definition, request);
    if (has_errors(planned.diagnostics)) return std::nullopt;
    run.loaded.plan = std::move(planned.plan);
    // of one item these are not what the definition says
    run.loaded.plan.name = loaded.plan.name;
    run.loaded.plan.lock = loaded.plan.lock;
    run.loaded.request = std::move(request);
    run.preflight = check_plan(run.loaded.plan, environment);
    if (!run.preflight.ok()) return std::nullopt;
    run.keeper = StreamKeeper(run.loaded.plan, std::move(choice), run.preflight);
    return run;
}

std::function<void(const Event&)> telling_keeper(StreamKeeper& keeper, const Plan& plan,
                                                 std::function<void(const Event&)> tell) {
    return [&keeper, &plan, tell = std::move(tell)](const Event& event) {
        const bool last = std::holds_alternative<RunEnded>(event.what);
        if (!last) tell(event);
        try {
            keeper.take(event, [&](CacheUsed used) {
                decltype(Event::what) what = std::move(used);
                mask(what, plan.secrets);
                tell({event.time_s, std::move(what)});
            });
        } catch (const std::exception&) {
            // a run is not told of what its cache lacks, and goes on
        }
        if (last) tell(event);
    };
}

}  // namespace pipectl
