// The way of a run: definition, plan, what the plan needs, and then the run itself.

#include <exception>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_report.hpp"
#include "orchestrator/plan/render_plan.hpp"
#include "orchestrator/run/preflight.hpp"
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
void report_refusal(const RunOptions& options, const Plan& plan, int status,
                    const std::vector<PreflightFailure>& failures) {
    try {
        RunReport(options).refused(refused_run(plan, status, failures));
    } catch (const std::exception& error) {
        own_error(error.what());
    }
}

}  // namespace

int run_command(const RunOptions& options) {
    const Loaded loaded = load(options.file, options.request);
    if (!loaded.ok() || !options.quiet) {
        show_diagnostics(loaded.source, loaded.diagnostics, options.colour);
    }
    if (!loaded.ok()) {
        return kOwnError;
    }
    if (options.dry_run) {
        return print(render_plan_text(loaded.plan));
    }
    const Preflight preflight = check_plan(loaded.plan, own_environment());
    return run_loaded(options, loaded, preflight);
}

int run_loaded(const RunOptions& options, const Loaded& loaded, const Preflight& preflight,
               bool tries) {
    if (!preflight.ok()) {
        show_diagnostics(loaded.source, preflight.diagnostics(), options.colour);
        report_refusal(options, loaded.plan, preflight.status(), preflight.failures);
        return preflight.status();
    }
    RunReport report(options);
    try {
        return run_plan(loaded.plan, preflight, report.observer());
    } catch (const OutputError& error) {
        if (tries) {
            throw;
        }
        const std::vector<Diagnostic> reasons = output_diagnostics(error, loaded.plan);
        show_diagnostics(loaded.source, reasons, options.colour);
        report.refused(refused_run(loaded.plan, kOwnError, as_failures(reasons)));
        return kOwnError;
    } catch (const SystemError& error) {
        Diagnostic reason;
        reason.message = error.what();
        report.refused(refused_run(loaded.plan, kOwnError, as_failures({reason})));
        throw;
    }
}

}  // namespace pipectl
