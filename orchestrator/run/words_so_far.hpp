#pragma once

// What stages have said on stderr so far, for `pipectl logs`, as JSON:
//
//     {"stages": [{"name": "sort", "lines": [{"end": 12, "text": "..."}], "begun": {..}}, ..]}
//
// `end` is how many bytes the stage had said when the line ended, so that whoever asks again knows
// what it has seen and what it has missed. `file` instead of `lines` and `begun`: its stderr is a
// file; `tail` has the last lines of that. None of them: the stage writes to pipectl's own stderr,
// and nobody keeps that. Secrets are masked line by line.

#include <string>

#include "orchestrator/files/outputs.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/stage_stderr.hpp"

namespace pipectl {

/// Of all stages, or of the one that has this name. Throws std::runtime_error when none has it.
std::string render_words(const Plan& plan, const StageStderr& stages, const OutputSet& outputs,
                         const std::string& stage);

}  // namespace pipectl
