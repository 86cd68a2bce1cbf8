#pragma once

// The two texts of a recording (stages/recording): what was run, and how it ended.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/parts/expand.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// All that is needed to run it again.
struct RecordedRun {
    struct Edge {
        std::string from, to, via;
    };
    std::string pipeline;
    std::string source;      ///< the definition's path
    std::string definition;  ///< its text; secrets are not in it
    PartTexts parts;         ///< those of the definitions that it uses
    std::string cwd;
    std::vector<std::pair<std::string, std::string>> params;  ///< but for the secret ones
    std::vector<std::string> environment;                     ///< "NAME=value"
    std::vector<std::string> left_out;  ///< names of variables with a secret in them
    std::vector<Edge> edges;  ///< those of the plan, then what came from stdin or went to stdout
};

std::string render_recorded_run(const Loaded& loaded);

/// Throws RecordError.
RecordedRun read_recorded_run(const std::string& text);

struct RecordedEnd {
    std::string verdict;                          ///< of the run; empty: unknown
    std::map<std::string, std::string> verdicts;  ///< of the stages
};

/// Throws RecordError.
RecordedEnd read_recorded_end(const std::string& text);

/// How the run and each stage ended.
std::string render_recorded_end(const Summary& summary);

}  // namespace pipectl
