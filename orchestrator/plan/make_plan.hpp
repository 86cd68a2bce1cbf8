#pragma once

// Definition to plan, as one pure function: the same definition and request give the same plan.
//
// Finds all that is wrong with the wiring: edges to nowhere, cycles (with the names on them), two
// writers of one file, unknown channels and options, parameters that are missing. It asks the
// system nothing: whether programs and files are there is preflight's question
// (preflight/preflight.hpp).

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// What the command line adds to a definition, and the surroundings that texts may refer to.
struct PlanRequest {
    std::vector<std::pair<std::string, std::string>> set;  ///< --set name=value, in order
    std::string via;  ///< --via CHANNEL[:SIZE] for all edges; or empty
    std::vector<std::pair<std::string, std::string>> stage_via;  ///< --via STAGE=CHANNEL[:SIZE]
    std::optional<std::chrono::milliseconds> timeout;            ///< --timeout
    std::string hosts_file;  ///< --hosts FILE; the planner finds its hosts in the definition
    std::map<std::string, std::string> environment;  ///< pipectl's own
    std::string source;                              ///< the definition's path
    /// Of each pattern in the definition the files that it matches, in order.
    std::map<std::string, std::vector<std::string>> matches;
    std::vector<std::pair<std::string, std::string>> env_file;  ///< the variables of `env-file`
    /// Of a [for-each] the values of this item's variables; without them these stand for
    /// themselves.
    std::vector<std::pair<std::string, std::string>> item;
    bool record = false;        ///< every edge passes a process that records it
    bool record_stdin = false;  ///< .. and so does pipectl's stdin, which is no terminal
    bool tap = false;           ///< .. a process in whose memory it can be seen
    /// `check`, `plan`, `graph`: a required parameter that is not set is shown as itself.
    bool allow_missing_parameters = false;
    std::set<std::string> keep;              ///< stages whose streams are kept
    std::set<std::string> played;            ///< stages that are players of kept streams
    std::optional<std::uint64_t> most_kept;  ///< bytes of a stream
};

struct PlanResult {
    Plan plan;
    std::vector<Diagnostic> diagnostics;  ///< when it has errors the plan is not to be used
};

/// The values that secret parameters have with this request, whatever else is wrong.
Secrets secrets_of(const Definition& definition, const PlanRequest& request);

PlanResult make_plan(const Definition& definition, const PlanRequest& request);

}  // namespace pipectl
