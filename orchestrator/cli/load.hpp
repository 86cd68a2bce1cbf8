#pragma once

// From a file's name to a plan, with everything that is wrong about it: what all subcommands that
// take a definition do first. Starts nothing, opens nothing but the file.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/command/given.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/parts/items.hpp"
#include "orchestrator/plan/make_plan.hpp"
#include "orchestrator/process/surroundings.hpp"

namespace pipectl {

struct Loaded {
    SourceText source;
    Definition definition;
    Plan plan;
    std::vector<Diagnostic> diagnostics;  ///< with errors in them the plan is not to be used
    bool readable = true;                 ///< false: a syntax error, nothing else is known
    std::optional<Items> items;           ///< of a [for-each]; the plan is that of the first one
    PlanRequest request;                  ///< what was asked of the planner

    [[nodiscard]] bool ok() const { return !has_errors(diagnostics); }
};

/// Throws SystemError when the file cannot be read.
Loaded load(const std::string& path, PlanRequest request);

/// The same of a text that is there already.
Loaded load_text(SourceText source, PlanRequest request);

/// The definition is there already: what is left of the way to a plan. Adds to `diagnostics`.
void plan_loaded(Loaded& loaded, PlanRequest request);

/// "once for each of 12 items; this is the first, file=in/a.log"
std::string items_note(const Items& items);

/// Shows diagnostics on stderr.
void show_diagnostics(const SourceText& source, const std::vector<Diagnostic>& diagnostics,
                      const std::string& colour);

/// For commands that look at a plan and run nothing: plans the definition that is the first
/// operand by the command's options, shows what is wrong with it on stderr, and goes on when
/// nothing is. A required parameter may be missing. Returns the exit status.
int with_plan(const Given& given, const std::function<int(const Plan&)>& go_on);

}  // namespace pipectl
