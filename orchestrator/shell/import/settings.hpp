#pragma once

// What a text sets before its pipelines, for `import`: parameters, the environment, functions, and
// which variables stand for paths. Internal to this folder.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/shell/translate/rules.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// Why a definition cannot say what a statement sets. settings_reasons.cpp has the words for each.
enum class Unsayable {
    adds,                  ///< NAME+=value
    no_assignment,         ///< readonly "$x"
    output_as_value,       ///< NAME=$(command)
    value_of_shell,        ///< NAME=*.txt
    default_of_shell,      ///< NAME=${1:-$(command)}
    default_unknown,       ///< : "${NAME:+x}"
    set_twice,             ///< `name`
    used_before,           ///< `name`, by a pipeline above
    argument_differs,      ///< $`name`, with other defaults
    environment_of_all,    ///< `name` is PATH, HOME, ..
    environment_of_shell,  ///< export "$x"
    export_below,          ///< a pipeline
    rules_below,           ///< set -e below a pipeline
    function_twice,        ///< `name`
    function_of_command,   ///< `name` is that of a command
    function_used_before,  ///< `name`
};

struct Problem {
    Unsayable why;
    Range range;
    std::string name;
};

struct Settings {
    std::vector<Function> functions;
    std::vector<Variable> variables;
    PathNames names;
    std::vector<std::pair<std::string, Template>> environment;
    std::set<std::string> jobs;       ///< variables that hold the id of a job: for `wait` alone
    std::optional<Range> separators;  ///< where IFS is set
    bool pipefail = false;
    bool errexit = false;
    std::vector<Problem> problems;  ///< in the order of the text
};

/// Borrows nothing.
Settings read_settings(std::string_view text, const std::vector<Statement>& all);

}  // namespace pipectl::shell
