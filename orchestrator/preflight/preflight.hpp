#pragma once

// Everything that a plan needs, looked up before its first process starts: programs, interpreters,
// folders, users, input files, the places of outputs.
//
// All failures are found in one pass and come back as diagnostics with the place in the definition.
// Input files are opened here, so that what was checked is what the stages read. Starts nothing,
// changes nothing, never blocks.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/files/outputs.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/process/lookup.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"

namespace pipectl {

struct PreflightFailure {
    int process = -1;  ///< index of Plan::processes; -1: an input or output file
    Diagnostic diagnostic;
    int status =
        kOwnErrorStatus;  ///< 127 program not found, 126 cannot be executed, 125 anything else
};

struct Preflight {
    std::vector<std::string> programs;             ///< by process: the path for execve(2)
    std::vector<std::optional<UserLookup>> users;  ///< by process: whom it runs as, if another
    std::vector<Fd> inputs;                        ///< by Plan::inputs
    std::vector<Fd> streams;                 ///< by Plan::streams; whoever keeps them opens these
    std::vector<PreflightFailure> failures;  ///< when there are any, nothing is to be started

    [[nodiscard]] bool ok() const { return failures.empty(); }
    /// What `pipectl run` ends with: 127 before 126 before 125; 0 when all is well.
    [[nodiscard]] int status() const;
    [[nodiscard]] std::vector<Diagnostic> diagnostics() const;
};

/// What a process needs that starts after others, looked up when it starts: an earlier one may have
/// made the folder, the file or the program.
struct LateLook {
    std::string program;
    std::vector<std::pair<int, Fd>> inputs;  ///< indices of Plan::inputs
    std::optional<PreflightFailure> failure;
};
LateLook look_again(const Plan& plan, int process,
                    const std::map<std::string, std::string>& environment);

/// `environment` is pipectl's own; a process's PATH is its own, when it sets one. Of processes that
/// start after others, only what no earlier one could bring about is a failure.
Preflight check_plan(const Plan& plan, const std::map<std::string, std::string>& environment);

/// The helper program: $PIPECTL_HELPER, else `pipectl-helper` beside pipectl itself, else in
/// ../libexec/pipectl from there. Empty when it is in none of these places. Another one of the
/// helpers is `name` in the same folder.
std::string find_helper(const std::map<std::string, std::string>& environment,
                        const std::string& name = kHelperProgram);

/// The failures of OutputSet::open with their places in the definition.
std::vector<Diagnostic> output_diagnostics(const OutputError& error, const Plan& plan);

}  // namespace pipectl
