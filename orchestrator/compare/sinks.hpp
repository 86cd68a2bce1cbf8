#pragma once

// Where the bytes of a pipeline end, and how they are led elsewhere: every file that a plan writes,
// and every stdout of pipectl's own, becomes a sink, so that no output of the user's is touched.
//
// Each writer of pipectl's stdout gets a sink of its own: in which order they would have come
// together is nothing to compare. /dev/null stays what it is, stderr is the run's.

#include <string>
#include <vector>

#include "orchestrator/plan/plan.hpp"

namespace pipectl::compare {

/// The plan with its sinks as its only outputs.
struct Redirected {
    Plan plan;                       ///< the paths of `outputs` are to be filled in
    std::vector<std::string> sinks;  ///< by Plan::outputs: "top.stdout", "check.stderr"
    std::vector<int> files;          ///< index in the plan's own outputs; -1: pipectl's stdout
};

Redirected redirect(Plan plan);

/// Whether a stage or helper of the plan inherits pipectl's own stdin.
bool inherits_stdin(const Plan& plan);

}  // namespace pipectl::compare
