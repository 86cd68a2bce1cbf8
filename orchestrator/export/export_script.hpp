#pragma once

// A definition as a POSIX shell script that makes the same bytes: for machines without pipectl, and
// for whoever wants to see what a definition amounts to.
//
// The graph is the planner's, with all channels turned to pipes; the words are the definition's
// own, so that parameters stay variables. What a shell cannot do is said in the script and in the
// diagnostics; what it must not leave out (another user) is an error.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

struct ExportResult {
    std::string script;   ///< empty when there are errors
    std::string name;     ///< the pipeline's
    bool plain = false;   ///< a chain that says all by itself: `a | b | c`
    bool secret = false;  ///< the definition's own text holds a secret, which goes nowhere
    std::vector<Diagnostic> diagnostics;
};

/// `definition` has been read without errors.
ExportResult export_script(const Definition& definition, PlanRequest request);

}  // namespace pipectl
