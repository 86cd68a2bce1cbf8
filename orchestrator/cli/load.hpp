#pragma once

// From a file's name to a plan, with everything that is wrong about it: what all subcommands that
// take a definition do first. Starts nothing, opens nothing but the file.

#include <string>
#include <vector>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

/// The options that shape a plan, as they were typed.
struct PlanOptions {
    std::vector<std::string> set;  ///< "name=value"
    std::vector<std::string> via;  ///< "CHANNEL" or "STAGE=CHANNEL"
    std::string timeout;
    std::string colour = "auto";

    /// Declares --set and --color; `wiring` adds --via and --timeout.
    void declare(Arguments& arguments, bool wiring);
    /// Declares --timeout alone, beside the above without `wiring`.
    void declare_timeout(Arguments& arguments);

    /// As a request. Wrong usage is told and leaves nothing.
    [[nodiscard]] std::optional<PlanRequest> request(const CommandHelp& help) const;
};

struct Loaded {
    SourceText source;
    Definition definition;
    Plan plan;
    std::vector<Diagnostic> diagnostics;  ///< with errors in them the plan is not to be used
    bool readable = true;                 ///< false: a syntax error, nothing else is known

    [[nodiscard]] bool ok() const { return !has_errors(diagnostics); }
};

/// Throws SystemError when the file cannot be read.
Loaded load(const std::string& path, PlanRequest request);

/// The definition is there already: what is left of the way to a plan. Adds to `diagnostics`.
void plan_loaded(Loaded& loaded, PlanRequest request);

/// pipectl's own environment.
std::map<std::string, std::string> own_environment();

/// Shows diagnostics on stderr.
void show_diagnostics(const SourceText& source, const std::vector<Diagnostic>& diagnostics,
                      const std::string& colour);

}  // namespace pipectl
