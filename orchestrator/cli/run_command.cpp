// The way of a run: definition, plan, what the plan needs, and then the run itself.

#include <utility>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_report.hpp"
#include "orchestrator/plan/render_plan.hpp"
#include "orchestrator/run/preflight.hpp"
#include "orchestrator/run/run.hpp"

namespace pipectl {

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
    Preflight preflight = check_plan(loaded.plan, own_environment());
    if (!preflight.ok()) {
        show_diagnostics(loaded.source, preflight.diagnostics(), options.colour);
        return preflight.status();
    }
    try {
        RunReport report(options);
        return run_plan(loaded.plan, std::move(preflight), report.observer());
    } catch (const OutputError& error) {
        show_diagnostics(loaded.source, output_diagnostics(error, loaded.plan), options.colour);
        return kOwnError;
    }
}

}  // namespace pipectl
