#pragma once

// How the pipelines of a text are translated: for whom, and what is known of the text around them.

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/machine.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// A function that the text defines.
struct Function {
    std::string name;
    std::string text;
    bool posix = false;
};

/// A variable of the text that becomes a parameter.
struct Variable {
    std::string name;
    std::string value;      ///< what it has unless it is set from outside
    bool required = false;  ///< ${name:?help}
    std::string help;
    bool one_word = true;  ///< unquoted it is one word as well
    /// It is made of others and of the environment, and no parameter of its own.
    std::optional<Template> derived;
};

/// The parameter that the script's argument $NUMBER becomes.
std::string argument_name(int number);

/// The variable as a part of a definition's text.
Template value_of(const Variable& variable);

struct Rules {
    bool import = false;        ///< for people to read; else to be run at once as bash would
    bool strict = false;        ///< files are replaced at the end of the run
    bool wrap = false;          ///< import: what would be refused becomes a stage of a shell
    bool pipefail = false;      ///< any failed stage counts, as the text asks for
    std::string prelude;        ///< run: what comes before the pipeline, for every shell
    bool all_in_shell = false;  ///< run: the prelude changes what programs are given
    std::string zero;           ///< run: $0; empty: bash's own
    std::set<std::size_t> given_to_shell;  ///< run: commands, by place, that need a shell
    std::vector<Function> functions;
    std::vector<Variable> variables;
    PathNames names;                    ///< variables that stand for paths
    std::set<std::string> exported;     ///< import: variables that programs are given too
    std::vector<Statement> statements;  ///< import: all of the text
    std::set<const Redirect*> renamed;  ///< import: a `mv` below puts the file in place
    const Machine* machine = nullptr;   ///< never null once in use
    /// Whether the text names the file more than once: then it is written in place.
    std::function<bool(const Word& target)> is_shared = [](const Word&) { return false; };

    /// Null when no variable has that name.
    [[nodiscard]] const Variable* variable(const std::string& name) const;
    [[nodiscard]] bool is_function(const std::string& name) const;
};

}  // namespace pipectl::shell
