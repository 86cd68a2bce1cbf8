#pragma once

// From the text of a definition to its plan in one step, and short ways to look at the result.

#include <string>
#include <vector>

#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

struct Planned {
    Plan plan;
    std::vector<Diagnostic> diagnostics;

    /// All messages, one a line, with "warning: " before those that are no errors.
    [[nodiscard]] std::string messages() const;
    /// The first diagnostic whose message has `part` in it; fails the test when there is none.
    [[nodiscard]] const Diagnostic& diagnostic(const std::string& part) const;
    [[nodiscard]] bool says(const std::string& part) const;

    /// The process of that name; fails the test when there is none.
    [[nodiscard]] const Process& process(const std::string& name) const;
    [[nodiscard]] bool has_process(const std::string& name) const;
    /// What stands at a descriptor: "reads pipe from a", "writes tcp to b", "inherits 1", "null",
    /// "file out.txt", "same as 1", "finish of a"; "-" when nothing does.
    [[nodiscard]] std::string at(const std::string& name, int number) const;
    /// The whole command line, words separated by blanks.
    [[nodiscard]] std::string command(const std::string& name) const;
    /// The value of a variable of the process, or "(unset)".
    [[nodiscard]] std::string variable(const std::string& process, const std::string& name) const;
};

/// A stage that runs a program of its own name; `rest` are further keys.
std::string stage(const std::string& name, const std::string& rest = "");

/// Parser and planner together.
Planned planned(const std::string& toml, const PlanRequest& request = {});

/// As above; fails the test when there is any diagnostic.
Planned planned_well(const std::string& toml, const PlanRequest& request = {});

}  // namespace pipectl
