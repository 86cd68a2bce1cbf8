#pragma once

// What a text does: a row for each of its statements, and what holds for all of it.
//
// gather() makes the table once. The reasons against an import (refusals.hpp) and the graph that is
// built (build.hpp) read it, and nothing else of the text but its commands. Internal to this
// folder.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/import/renames.hpp"
#include "orchestrator/shell/import/settings.hpp"
#include "orchestrator/shell/import/uses.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/graph.hpp"
#include "orchestrator/shell/translate/machine.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// One statement.
struct Row {
    const Statement* statement = nullptr;  ///< its kind, its syntax
    Range range;
    int line = 0;
    bool first = false;  ///< of the text
    bool last = false;
    std::optional<std::string> program;  ///< the first word of its first command, if it is fixed

    Paths files;  ///< what its words and redirections certainly name
    Uses uses;    ///< pipelines: what it may read and write
    /// mkfifo, rm: the files; nothing: only the shell can tell.
    std::optional<std::vector<std::string>> operands;
    std::vector<std::string> rewrites;  ///< files that it empties before it writes them

    bool asks_status = false;  ///< how what stands above it has ended
    bool is_step = false;      ///< its program is there for what it does to files
    bool leaves = false;       ///< it may end the text, with a failure
    bool sets = false;         ///< a function or a group sets what others may use
    bool only_checks = false;  ///< [ -r file ] || exit 1
    bool is_harmless = false;  ///< no pipeline, and nothing is lost without it
    bool is_needless = false;  ///< mkdir -p of what is there
    bool only_waits = false;   ///< a `sleep` at the end, for jobs to finish
    bool succeeds = false;     ///< exit 0 or ':' at the end: the text ends well
    bool settles = false;      ///< behind a pipeline it has a status of its own, which is 0

    [[nodiscard]] bool is(Statement::Kind kind) const { return statement->kind == kind; }
    [[nodiscard]] bool is_pipeline() const { return is(Statement::Kind::pipeline); }
    [[nodiscard]] bool background() const { return statement->chain->background; }
};

/// A text. It can be moved; rows point into it.
struct Facts {
    Facts() = default;
    Facts(Facts&&) = default;
    Facts& operator=(Facts&&) = default;

    std::string_view text;
    Script script;  ///< without each `mv` that only puts a file in place
    std::vector<Statement> statements;
    std::vector<Row> rows;
    Renames renames;
    Settings settings;
    std::vector<Fifo> pipes;           ///< named pipes and temporary files that become edges
    std::map<std::string, int> words;  ///< as they are written: how often
    std::set<std::size_t> steps;       ///< where groups begin that steps.hpp has made
    bool several = false;              ///< there is more than one pipeline

    /// Another word of the text may be the file that this one is: it is written in place, as the
    /// shell does, so that whoever reads it sees the same.
    [[nodiscard]] bool names_again(const Word& target) const;

    /// The path, as path_pattern() has it, is one of `pipes`.
    [[nodiscard]] bool is_pipe(const std::string& pattern) const;

    /// The row needs no stage. `in_shell`: some stage is a shell, which may have jobs of its own.
    [[nodiscard]] bool is_dropped(const Row& row, bool in_shell) const;

    /// Some row writes, or removes, the file.
    [[nodiscard]] bool is_written(const std::string& path) const;
    /// `rm` removes it behind what writes it; else it is written anew below.
    [[nodiscard]] bool is_removed(const Row& row, const std::string& path) const;
};

/// Borrows the text. `steps`: see Facts.
Facts gather(std::string_view text, Script script, const Machine& machine,
             std::set<std::size_t> steps = {});

}  // namespace pipectl::shell
