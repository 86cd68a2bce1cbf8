#pragma once

// Runs that have ended, for people and programs.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/history/difference.hpp"
#include "orchestrator/history/past_run.hpp"

namespace pipectl::history {

struct ListedPast {
    PastRun run;
    std::optional<Comparison> comparison;  ///< with earlier runs; of a successful one
};

/// A line for each run.
std::string render_list(const std::vector<ListedPast>& runs, bool colour);

/// An array with an object for each run, and a newline.
std::string render_list_json(const std::vector<ListedPast>& runs);

/// What a run was: its id, pipeline, definition and time.
std::string render_heading(const PastRun& run);

/// The sentence, and what each stage took by itself beside its median.
std::string render_comparison(const PastRun& run, const Comparison& comparison, bool colour);

/// What differed before they began, then two runs stage by stage, and a sentence on what took
/// longer.
std::string render_diff(const PastRun& left, const PastRun& right,
                        const std::vector<Difference>& differences, bool colour);

/// The same as an object, and a newline.
std::string render_diff_json(const PastRun& left, const PastRun& right,
                             const std::vector<Difference>& differences);

}  // namespace pipectl::history
