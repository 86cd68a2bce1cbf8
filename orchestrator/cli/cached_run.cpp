#include "orchestrator/cli/cached_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "orchestrator/cache/choice.hpp"
#include "orchestrator/compare/risky_commands.hpp"
#include "orchestrator/event/mask_event.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

CacheWish wish_of(const RunOptions& options, const Loaded& loaded) {
    CacheWish wish;
    wish.all = options.cached;
    for (std::size_t i = 0; i < loaded.definition.stages.size(); ++i) {
        std::string risk = compare::risk_of(loaded.plan.processes[i].shown_argv);
        // a log beside the stream; where there is no stream nothing is kept anyway
        if (risk.starts_with(compare::kWritesFile)) risk.clear();
        wish.risks.push_back(std::move(risk));
    }
    if (options.resume != nullptr) wish.left = &options.resume->streams;
    if (may_be_resumed(options) && (wish.left != nullptr || leaves_streams(loaded.plan))) {
        wish.leave_as = make_run_id();
        wish.state = history::folder();
    }
    return wish;
}

/// The first stage that would have to read what came to pipectl's stdin, and is there no more.
std::string stage_without_input(const Plan& plan) {
    for (const Process& process : plan.processes) {
        const bool inherits = std::ranges::any_of(process.descriptors, [](const Descriptor& each) {
            return each.number == STDIN_FILENO && each.what == Descriptor::What::inherited &&
                   each.index == STDIN_FILENO;
        });
        shell::Arguments words;
        for (const std::string& word : process.argv) {
            words.push_back({word, false});
        }
        const shell::FileUse use = shell::file_use(words);
        if (inherits && (!use.known || use.reads_stdin)) return process.name;
    }
    return {};
}

void check_input(const KeptRun& run, const Plan& plan) {
    if (run.input != "pipe" && run.input == own_input()) return;
    const std::string stage = stage_without_input(plan);
    if (stage.empty()) return;
    refuse_resuming(
        run, "'" + stage + "' reads pipectl's stdin, which was " +
                 (run.input == "pipe" ? "a pipe, and cannot be read again" : "something else"));
}

}  // namespace

std::optional<CachedRun> leave_out_cached(const RunOptions& options, const Loaded& loaded,
                                          const Preflight& preflight) {
    const auto environment = own_environment();
    CacheChoice choice = choose_cached(loaded.definition, loaded.plan, preflight, environment,
                                       wish_of(options, loaded));
    if (options.resume != nullptr) refuse_what_differs(*options.resume, choice.differences);

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
    if (options.resume != nullptr) check_input(*options.resume, run.loaded.plan);
    run.keeper = StreamKeeper(run.loaded.plan, std::move(choice), run.preflight);
    if (may_be_resumed(options)) {
        run.kept = kept_run_of(options, loaded);
        run.kept->streams = run.keeper.left();
    }
    return run;
}

namespace {

/// The file of a run that may be resumed, from its start to its success.
class KeptRunFile {
  public:
    void take(const RunOptions& options, CachedRun& run, const Event& event) {
        if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
            run.kept->run = started->run;
            file_ = runs_.write(*run.kept);
            // what the other one has left is ours from now on
            if (file_ && options.resume != nullptr) runs_.remove(options.resume->run);
        } else if (const auto* const ended = std::get_if<RunEnded>(&event.what)) {
            if (is_well(ended->verdict)) run.keeper.remove_left();
            if (is_well(ended->verdict) || !run.keeper.leaves_anything()) {
                runs_.remove(run.kept->run);
            }
        }
    }

  private:
    KeptRuns runs_;
    Fd file_;
};

}  // namespace

std::function<void(const Event&)> telling_keeper(const RunOptions& options, CachedRun& run,
                                                 std::function<void(const Event&)> tell) {
    auto file = run.kept ? std::make_shared<KeptRunFile>() : nullptr;
    return [&options, &run, file, tell = std::move(tell)](const Event& event) {
        const bool last = std::holds_alternative<RunEnded>(event.what);
        if (!last) tell(event);
        try {
            run.keeper.take(event, [&](CacheUsed used) {
                decltype(Event::what) what = std::move(used);
                mask(what, run.loaded.plan.secrets);
                tell({event.time_s, std::move(what)});
            });
            if (file) file->take(options, run, event);
        } catch (const std::exception&) {
            // a run is not told of what its cache lacks, and goes on
        }
        if (last) tell(event);
    };
}

}  // namespace pipectl
