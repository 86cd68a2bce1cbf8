#pragma once

// What a text sets before its pipelines, for `import`: parameters, the environment, functions, and
// which variables stand for paths. Internal to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

struct Settings {
    std::vector<Function> functions;
    std::vector<Variable> variables;
    PathNames names;
    std::vector<std::pair<std::string, Template>> environment;
    std::set<std::string> jobs;       ///< variables that hold the id of a job: for `wait` alone
    std::optional<Range> separators;  ///< where IFS is set
    bool pipefail = false;
    bool errexit = false;
};

/// Borrows nothing. What cannot be said in a definition is added to the refusals.
Settings read_settings(std::string_view text, const std::vector<Statement>& all,
                       std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
