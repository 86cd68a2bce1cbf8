#include "orchestrator/shell/import/refusals.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "orchestrator/shell/import/order.hpp"
#include "orchestrator/shell/import/settings_reasons.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/check_pipes.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl::shell {

namespace {

using Reason = std::optional<Refusal>;
using Refusals = std::vector<Refusal>;

constexpr const char* kWrap = "--wrap makes it one stage of a shell";

// --- the bytes

Reason not_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(text.substr(at));
        if (!point.valid) {
            return Refusal{{at, at + 1},
                           "a byte that is not UTF-8",
                           "a definition is UTF-8; in a string of a program write it as an escape"};
        }
        at += point.size;
    }
    return std::nullopt;
}

Reason nul_byte(std::string_view text) {
    const std::size_t nul = text.find('\0');
    if (nul == std::string_view::npos) {
        return std::nullopt;
    }
    return Refusal{
        {nul, nul + 1}, "a NUL byte, which no argument of a program can have", "is this a script?"};
}

// --- statements that are no pipelines

Reason check_before(const Facts& /*facts*/, const Row& row) {
    if (!row.only_checks) {
        return std::nullopt;
    }
    return Refusal{row.range, "a check before the pipelines",
                   "pipectl looks for programs, files and folders before it starts anything: "
                   "leave it away"};
}

Reason joined(const Facts& facts, const Row& row) {
    const Chain& chain = *row.statement->chain;
    if (chain.pipelines.size() < 2 || row.program == "cd") {
        return std::nullopt;
    }
    const Range at = chain.operators.front();
    const std::string sign(facts.text.substr(at.begin, at.end - at.begin));
    return Refusal{at, "'" + sign + "' runs the one behind it depending on the status of the other",
                   sign == "&&" ? "two definitions: pipectl run one.toml && pipectl run two.toml"
                                : "ok = [0, 1] makes a status a good one"};
}

Reason loop(const Facts& /*facts*/, const Row& row) {
    const bool found = row.statement->command().kind == Command::Kind::loop;
    return found ? Reason(Refusal{row.range, "a loop is not a pipeline", kWrap}) : std::nullopt;
}

Reason conditional(const Facts& /*facts*/, const Row& row) {
    const Command::Kind kind = row.statement->command().kind;
    if (kind != Command::Kind::conditional && kind != Command::Kind::test) {
        return std::nullopt;
    }
    return Refusal{row.range, "a conditional is not a pipeline", kWrap};
}

/// The reason against one builtin or program that is known by its name.
struct Named {
    std::string_view program;
    const char* message;
    const char* hint;
};

constexpr Named kNamed[] = {
    {"trap", "a trap", "pipectl ends all stages and removes what is its own, whatever happens"},
    {"exec", "'exec' changes the descriptors of what follows", "redirect each command by itself"},
    {"cd", "'cd' changes the folder of what follows",
     "cwd = \".\" in [pipeline] is the definition's own folder; or run pipectl there"},
    {"mkfifo", "a named pipe with options, or in the background", ""},
};

Reason named(const Facts& /*facts*/, const Row& row) {
    for (const Named& each : kNamed) {
        if (row.program == each.program) {
            return Refusal{row.range, each.message, each.hint};
        }
    }
    return std::nullopt;
}

Reason no_pipeline(const Facts& /*facts*/, const Row& row) {
    return Refusal{
        row.range,
        row.program ? "'" + *row.program + "' changes the shell itself" : "this is not a pipeline",
        kWrap};
}

// --- pipelines

Reason asks_for_status(const Facts& /*facts*/, const Row& row) {
    if (row.first || !row.asks_status) {
        return std::nullopt;
    }
    return Refusal{row.range, "this asks how the commands before it ended",
                   "the run's record says it for each stage: pipectl run --json FILE"};
}

/// The status of a grep, of a diff says something and is no failure; `&&` asks for it, and what
/// stands behind goes on either way.
Reason branches(const Facts& facts, const Row& row) {
    const auto& sign = row.statement->chain->behind_and;
    if (!sign || row.first) {
        return std::nullopt;
    }
    const Row& before = *(&row - 1);
    const Row* end = &row;
    while (!end->last && (end + 1)->statement->chain->behind_and) {
        ++end;
    }
    const bool mild =
        !mild_statuses(before.statement->line().commands.back(), facts.statements).empty();
    if (end->last || !mild) {
        return std::nullopt;
    }
    return Refusal{
        *sign, "'&&' asks for a status that is no failure, and the text goes on either way", kWrap};
}

Reason step(const Facts& facts, const Row& row) {
    if (!facts.several || !row.is_step || !has_meetings(facts)) {
        return std::nullopt;
    }
    return Refusal{row.range, "a step of its own, which the others may need",
                   "do it before or after the run"};
}

/// What a run writes is open until it ends, and cannot be executed before; execve(2), ETXTBSY.
Reason runs_what_is_written(const Facts& facts, const Row& row) {
    Reason found;
    visit_commands(*row.statement->chain, [&](const Command& command) {
        if (command.words.empty() || found) return;
        const auto program = path_key(command.words.front(), facts.settings.names);
        if (program && program->find('/') != program->npos && facts.is_written(*program)) {
            found = Refusal{command.words.front().range, "a program that the text writes",
                            "make it before the run"};
        }
    });
    return found;
}

Reason sets(const Facts& /*facts*/, const Row& row) {
    if (!row.sets) {
        return std::nullopt;
    }
    return Refusal{row.range, "this sets variables or the shell itself, for what follows",
                   "set them above the pipelines: NAME=value"};
}

// --- the whole text

void settings(const Facts& facts, const Built& /*built*/, Refusals& refusals) {
    const Refusals found = reasons_against(facts.settings);
    refusals.insert(refusals.end(), found.begin(), found.end());
}

void names_of_the_shell(const Facts& facts, const Built& /*built*/, Refusals& refusals) {
    for (const Row& row : facts.rows) {
        const bool makes = row.is(Statement::Kind::make_fifo);
        if ((makes || row.is(Statement::Kind::remove)) && !row.operands) {
            refusals.push_back({row.range,
                                makes ? "named pipes whose names only the shell can tell"
                                      : "files whose names only the shell can tell",
                                {}});
        }
    }
}

/// A temporary file becomes an edge when all that is in it is written before it is read.
void written_again(const Facts& facts, const Built& /*built*/, Refusals& refusals) {
    for (const Fifo& file : facts.pipes) {
        bool written = false;
        bool read = false;
        for (const Row& row : facts.rows) {
            const auto has = [&](const std::vector<std::string>& names) {
                return std::find(names.begin(), names.end(), file.path) != names.end();
            };
            if (!file.shared || !row.is_pipeline()) {
                continue;
            }
            if (has(row.files.written) && (read || (written && has(row.rewrites)))) {
                refusals.push_back({row.range,
                                    "the temporary file '" + file.path + "' is written again" +
                                        (read ? ", after it was read" : ""),
                                    "give the second one a name of its own"});
                break;
            }
            written = written || has(row.files.written);
            read = read || has(row.files.read) || has(row.files.named);
        }
    }
}

void removed(const Facts& facts, const Built& /*built*/, Refusals& refusals) {
    for (const Row& row : facts.rows) {
        for (const std::string& path : row.operands.value_or(std::vector<std::string>{})) {
            const bool fresh =
                path.find("${") != std::string::npos || facts.renames.moved.contains(path);
            const bool edge = std::any_of(facts.pipes.begin(), facts.pipes.end(),
                                          [&](const Fifo& each) { return each.path == path; });
            if (!fresh && !edge && facts.is_removed(row, path)) {
                refusals.push_back({row.range,
                                    "'" + path + "' is removed, and nothing in the text makes it",
                                    "a definition removes nothing; do it before or after the run"});
            }
        }
    }
}

void order(const Facts& facts, const Built& /*built*/, Refusals& refusals) {
    check_order(facts, refusals);
}

void statements_alone(const Facts& facts, const Built& built, Refusals& refusals) {
    for (const Row& row : facts.rows) {
        const bool needed =
            !row.is_pipeline() || !facts.is_dropped(row, has_shell(built.translation.graph));
        if (auto reason = needed ? reason_against(facts, row) : std::nullopt) {
            refusals.push_back(std::move(*reason));
        }
    }
}

/// With `set -e` what is printed behind a failure is not. Printing itself waits in its order; a
/// file comes into being at the end.
void behind_a_failure(const Facts& facts, const Built& built, Refusals& refusals) {
    int silent = 0;  // the line of a pipeline that may fail, and prints nothing before that
    for (const BuiltRow& each : built.rows) {
        if (has_meetings(facts) && facts.settings.errexit && each.prints && silent > 0) {
            refusals.push_back(
                {each.row->range,
                 "with 'set -e' this runs only when line " + std::to_string(silent) +
                     " has ended well",
                 "the stages of a definition run at the same time: make two definitions of it"});
        }
        if (silent == 0 && !each.prints && each.to_file &&
            !never_fails(each.row->statement->line().commands.back())) {
            silent = each.row->line;
        }
    }
}

void in_the_background(const Facts& facts, const Built& built, Refusals& refusals) {
    for (const BuiltRow& each : built.rows) {
        if (each.row->background() && facts.pipes.empty()) {
            refusals.push_back({each.row->range, "a job in the background",
                                "the stages of a definition run at the same time anyway: "
                                "leave the '&' away"});
        }
    }
}

/// IFS is of the shell alone, and no stage of a shell has it.
void separators(const Facts& facts, const Built& built, Refusals& refusals) {
    if (facts.settings.separators && has_shell(built.translation.graph)) {
        refusals.push_back({*facts.settings.separators,
                            "'IFS' changes how the words of what follows are split",
                            "set it where it is needed: 'while IFS=, read ..'"});
    }
}

/// By the shell's rules the last stage's status is all that counts.
void shell_rules(const Facts& facts, const Built& built, Refusals& refusals) {
    for (const Row& row : facts.rows) {
        const bool pipefail = row.statement->pipefail;
        if (built.shell_rules && (pipefail || (row.statement->errexit && facts.several))) {
            refusals.push_back({row.range,
                                pipefail ? "'pipefail' asks for each stage's status"
                                         : "'set -e' ends the text at its first failure",
                                "this is what a strict definition does: leave --shell-rules away"});
        }
    }
}

void commands(const Facts& /*facts*/, const Built& built, Refusals& refusals) {
    const Refusals& found = built.translation.refusals;
    refusals.insert(refusals.end(), found.begin(), found.end());
}

/// Where some statement is no pipeline, it may be that one which reads or writes the pipe.
void pipes(const Facts& facts, const Built& built, Refusals& refusals) {
    const bool all_seen = std::none_of(facts.rows.begin(), facts.rows.end(), [](const Row& row) {
        return row.is(Statement::Kind::other);
    });
    if (all_seen && !built.translation.unseen_pipe) {
        const Refusals found = check_pipes(built.translation.graph);
        refusals.insert(refusals.end(), found.begin(), found.end());
    }
}

void nothing_at_all(const Facts& facts, const Built& built, Refusals& refusals) {
    if (built.translation.graph.nodes.empty() && refusals.empty()) {
        refusals.push_back({{0, facts.text.size()}, "there is no pipeline in this text", {}});
    }
}

// --- the tables

constexpr Reason (*kAgainstBytes[])(std::string_view) = {not_utf8, nul_byte};

using StatementReason = Reason (*)(const Facts&, const Row&);

constexpr StatementReason kAgainstOthers[] = {check_before, joined, loop,
                                              conditional,  named,  no_pipeline};

constexpr StatementReason kAgainstPipelines[] = {asks_for_status, branches, runs_what_is_written,
                                                 step, sets};

constexpr void (*kAgainstTexts[])(const Facts&, const Built&, Refusals&) = {
    settings,         names_of_the_shell, written_again, removed,     order,    statements_alone,
    behind_a_failure, in_the_background,  separators,    shell_rules, commands, pipes,
    nothing_at_all,
};

template <class Table>
Reason first_reason(const Table& table, const Facts& facts, const Row& row) {
    for (const StatementReason reason : table) {
        if (auto found = reason(facts, row)) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> reason_against_bytes(std::string_view text) {
    for (const auto reason : kAgainstBytes) {
        if (auto found = reason(text)) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<Refusal> reason_against(const Facts& facts, const Row& row) {
    if (row.is_pipeline()) {
        return first_reason(kAgainstPipelines, facts, row);
    }
    const bool other = row.is(Statement::Kind::other) && !row.is_harmless;
    return other ? first_reason(kAgainstOthers, facts, row) : std::nullopt;
}

std::vector<Refusal> all_reasons(const Facts& facts, const Built& built) {
    Refusals refusals;
    for (const auto check : kAgainstTexts) {
        check(facts, built, refusals);
    }
    std::stable_sort(refusals.begin(), refusals.end(), [](const Refusal& a, const Refusal& b) {
        return a.range.begin < b.range.begin;
    });
    return refusals;
}

}  // namespace pipectl::shell
