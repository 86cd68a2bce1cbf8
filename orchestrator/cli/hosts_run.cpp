#include "orchestrator/cli/hosts_run.hpp"

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/run_report.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/hosts/company.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/run/refusal.hpp"
#include "orchestrator/run/run.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl {

namespace {

/// Shows what is wrong, and writes the record of a run that was refused.
int refuse(const RunOptions& options, const Loaded& loaded, RunReport& report,
           std::vector<PreflightFailure> failures) {
    Preflight found;
    found.failures = std::move(failures);
    show_diagnostics(loaded.source, found.diagnostics(), options.colour);
    report.refused(refused_run(loaded.plan, found.status(), found.failures));
    return found.status();
}

std::vector<PreflightFailure> failures_of(const std::vector<Diagnostic>& reasons) {
    std::vector<PreflightFailure> failures;
    failures.reserve(reasons.size());
    for (const Diagnostic& each : reasons) {
        failures.push_back({-1, each, kOwnErrorStatus});
    }
    return failures;
}

}  // namespace

int run_over_hosts(const RunOptions& options, const Loaded& loaded) {
    Plan own = plan_for(loaded.plan, 0);
    if (std::exchange(own.retries, 0) > 0 && !options.quiet) {
        print_error("pipectl: warning: a run over hosts is tried once, whatever `retries` says\n");
    }
    Preflight preflight = check_plan(own, own_environment());
    RunReport report(options, loaded);
    if (!preflight.ok()) return refuse(options, loaded, report, std::move(preflight.failures));
    try {
        const RunObserver observer = report.observer();
        PreparedRun prepared = prepare_run(own);
        hosts::Company company(loaded.plan, prepared.run_id, observer.stage_words);
        company.assemble();
        for (const std::string& note : company.notes()) {
            if (!options.quiet) print_error("pipectl: " + note + "\n");
        }
        return run_prepared(own, preflight, company.watching(observer), std::move(prepared),
                            &company);
    } catch (const OutputError& error) {
        return refuse(options, loaded, report, failures_of(output_diagnostics(error, own)));
    } catch (const hosts::HostsRefused& refused) {
        return refuse(options, loaded, report, refused.failures());
    } catch (const std::runtime_error& error) {
        Diagnostic reason;
        reason.message = error.what();
        report.refused(refused_run(loaded.plan, kOwnErrorStatus, failures_of({reason})));
        throw;
    }
}

}  // namespace pipectl
