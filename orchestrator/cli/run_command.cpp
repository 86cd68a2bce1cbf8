// The way of a run: definition, plan, what the plan needs, and then the run itself.

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cache/keeper.hpp"
#include "orchestrator/cli/cached_run.hpp"
#include "orchestrator/cli/for_each.hpp"
#include "orchestrator/cli/hosts_run.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_report.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "orchestrator/files/output_target.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/run/run.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

namespace {

std::vector<PreflightFailure> as_failures(const std::vector<Diagnostic>& reasons) {
    std::vector<PreflightFailure> failures;
    failures.reserve(reasons.size());
    for (const Diagnostic& reason : reasons) {
        failures.push_back({-1, reason, kOwnError});
    }
    return failures;
}

/// The reasons have been shown: that they cannot be recorded either does not change the status.
void report_refusal(const RunOptions& options, const Loaded& loaded, int status,
                    const std::vector<PreflightFailure>& failures) {
    try {
        RunReport(options, loaded).refused(refused_run(loaded.plan, status, failures));
    } catch (const std::exception& error) {
        own_error(error.what());
    }
}

bool writes_to_stdout(const Plan& plan, const Process& process) {
    return std::any_of(
        process.descriptors.begin(), process.descriptors.end(), [&](const Descriptor& descriptor) {
            const std::size_t index = descriptor.index;
            return descriptor.what == Descriptor::What::inherited
                       ? descriptor.index == STDOUT_FILENO
                       : descriptor.what == Descriptor::What::output_file &&
                             own_descriptor(plan.outputs[index].path) == STDOUT_FILENO;
        });
}

/// '-' as a report's file is stdout, where nothing else goes. Says what is wrong with that, if
/// anything.
std::string stdout_conflict(const RunOptions& options, const Plan& plan) {
    std::string taken_by;
    const std::pair<const char*, const std::string&> files[] = {{"--json", options.json},
                                                                {"--html", options.html},
                                                                {"--joblog", options.joblog},
                                                                {"--trace", options.trace},
                                                                {"--events", options.events}};
    for (const auto& [name, file] : files) {
        if (file != "-") {
            continue;
        }
        if (!taken_by.empty()) {
            return "'" + std::string(name) + " -': stdout is taken by '" + taken_by + " -'";
        }
        taken_by = name;
        for (const Process& process : plan.processes) {
            if (writes_to_stdout(plan, process)) {
                return "'" + taken_by + " -': stage '" + process.name +
                       "' writes the pipeline's data to stdout; name a file, or give the data one "
                       "(`stdout = \"..\"`)";
            }
        }
    }
    return {};
}

std::vector<Diagnostic> in_own_words(const RunOptions& options, std::vector<Diagnostic> reasons) {
    if (options.reword != nullptr) options.reword(reasons);
    return reasons;
}

/// A shell that cannot open a redirection's file does not start the command, whose status is 1.
constexpr int kShellsNoFile = 1;

int refused_status(const RunOptions& options, const Preflight& preflight) {
    const bool files = std::ranges::all_of(
        preflight.failures, [](const PreflightFailure& each) { return each.process < 0; });
    return options.in_shell && files ? kShellsNoFile : preflight.status();
}

}  // namespace

int run_command(const RunOptions& options) {
    return run_planned(options, load(options.file, options.request));
}

int run_planned(const RunOptions& options, const Loaded& loaded) {
    if (!loaded.ok() || !options.quiet) {
        show_diagnostics(loaded.source, in_own_words(options, loaded.diagnostics), options.colour);
    }
    if (!loaded.ok()) {
        return kOwnError;
    }
    if (loaded.items && options.dry_run) {
        print_error("pipectl: " + items_note(*loaded.items) + "\n");
        return print(render_plan_text(loaded.plan));
    }
    if (loaded.items) {
        const std::string conflict = stdout_conflict(options, loaded.plan);
        return conflict.empty() ? run_for_each(options, loaded) : own_error(conflict);
    }
    return run_looked_up(options, loaded);
}

int run_looked_up(const RunOptions& options, const Loaded& loaded) {
    if (!loaded.plan.hosts.empty()) {
        if (options.dry_run) return print(render_plan_text(loaded.plan));
        const std::string conflict = stdout_conflict(options, loaded.plan);
        return conflict.empty() ? run_over_hosts(options, loaded) : own_error(conflict);
    }
    const Preflight preflight = check_plan(loaded.plan, loaded.request.environment);
    // a recording is of stages that ran: one that is played could not be replayed
    const bool cached =
        options.record.empty() &&
        (options.cached || options.resume != nullptr || wants_cache(loaded.definition) ||
         (leaves_streams(loaded.plan) && may_be_resumed(options)));
    std::optional<CachedRun> run;
    if (cached && preflight.ok()) run = leave_out_cached(options, loaded, preflight);
    if (options.dry_run) {
        return print(render_plan_text(run ? run->loaded.plan : loaded.plan));
    }
    return run ? run_loaded(options, run->loaded, run->preflight, false, &*run)
               : run_loaded(options, loaded, preflight);
}

int run_loaded(const RunOptions& options, const Loaded& loaded, const Preflight& preflight,
               bool tries, CachedRun* cached) {
    if (const std::string conflict = stdout_conflict(options, loaded.plan); !conflict.empty()) {
        return own_error(conflict);
    }
    if (!preflight.ok()) {
        show_diagnostics(loaded.source, in_own_words(options, preflight.diagnostics()),
                         options.colour);
        const int status = refused_status(options, preflight);
        report_refusal(options, loaded, status, preflight.failures);
        return status;
    }
    RunReport report(options, loaded);
    try {
        RunObserver observer = report.observer();
        observer.ends_program = options.ends_program && !tries && cached == nullptr;
        if (cached != nullptr) {
            observer.on_event = telling_keeper(options, *cached, observer.on_event);
        }
        return run_plan(loaded.plan, preflight, observer);
    } catch (const OutputError& error) {
        if (tries) {
            throw;
        }
        const std::vector<Diagnostic> reasons =
            in_own_words(options, output_diagnostics(error, loaded.plan));
        show_diagnostics(loaded.source, reasons, options.colour);
        report.refused(refused_run(loaded.plan, kOwnError, as_failures(reasons)));
        return options.in_shell ? kShellsNoFile : kOwnError;
    } catch (const std::runtime_error& error) {
        Diagnostic reason;
        reason.message = error.what();
        report.refused(refused_run(loaded.plan, kOwnError, as_failures({reason})));
        throw;
    }
}

}  // namespace pipectl
