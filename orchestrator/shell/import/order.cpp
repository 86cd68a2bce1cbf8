#include "orchestrator/shell/import/order.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/translate/statuses.hpp"

namespace pipectl::shell {

namespace {

/// A pipeline, with what it uses beside edges.
struct Step {
    Range range;
    Uses uses;
    bool background = false;  ///< those below do not wait for it
    std::string line;         ///< "line 3"
};

/// Why one has to wait.
struct Wait {
    std::string message;
    std::string hint =
        "the stages of a definition run at the same time: make two definitions of it, or --wrap";
    bool never = false;  ///< waiting does not help: a run has one writer for each file
};

using Waits = std::optional<Wait>;

bool touches_files(const Uses& uses) {
    return !uses.unknown.empty() || !uses.reads.empty() || !uses.writes.empty();
}

Waits writes_again(const Step& earlier, const Step& later) {
    for (const UsedPath& written : earlier.uses.writes) {
        for (const UsedPath& again : later.uses.writes) {
            if (may_be_same(again.pattern, written.pattern)) {
                Wait wait{"this writes '" + written.shown + "', which " + earlier.line + " writes"};
                wait.never = true;
                return wait;
            }
        }
    }
    return std::nullopt;
}

Waits uses_what_is_written(const Step& earlier, const Step& later) {
    for (const UsedPath& written : earlier.uses.writes) {
        for (const UsedPath& read : later.uses.reads) {
            if (may_be_below(read.pattern, written.pattern)) {
                return Wait{"this reads '" + written.shown + "', which " + earlier.line + " writes",
                            "when nothing else needs the file, remove it at the end: 'rm' makes it "
                            "an edge"};
            }
        }
    }
    return std::nullopt;
}

Waits writes_what_is_read(const Step& earlier, const Step& later) {
    for (const UsedPath& written : later.uses.writes) {
        for (const UsedPath& read : earlier.uses.reads) {
            if (may_be_below(read.pattern, written.pattern)) {
                return Wait{"this writes '" + written.shown + "', which " + earlier.line +
                            " reads"};
            }
        }
    }
    return std::nullopt;
}

Waits needs_what_may_be_written(const Step& earlier, const Step& later) {
    if (earlier.background || earlier.uses.unknown.empty() || !touches_files(later.uses)) {
        return std::nullopt;
    }
    return Wait{"'" + earlier.uses.unknown + "' on " + earlier.line + " may write what this needs"};
}

Waits may_change_what_is_used(const Step& earlier, const Step& later) {
    if (earlier.background || later.uses.unknown.empty() || !touches_files(earlier.uses)) {
        return std::nullopt;
    }
    return Wait{"'" + later.uses.unknown + "' may change what " + earlier.line + " uses"};
}

Waits reads_the_same_stdin(const Step& earlier, const Step& later) {
    if (earlier.background || !earlier.uses.reads_stdin || !later.uses.reads_stdin) {
        return std::nullopt;
    }
    return Wait{"this reads what " + earlier.line + " leaves of the stdin"};
}

/// The first counts. For what is in the background the shell does not wait either: only files that
/// are certainly used tell.
constexpr Waits (*kReasons[])(const Step&, const Step&) = {writes_again,
                                                           uses_what_is_written,
                                                           writes_what_is_read,
                                                           needs_what_may_be_written,
                                                           may_change_what_is_used,
                                                           reads_the_same_stdin};

Waits reason_to_wait(const Step& earlier, const Step& later) {
    for (const auto reason : kReasons) {
        if (auto found = reason(earlier, later)) {
            return found;
        }
    }
    return std::nullopt;
}

Step step_of(const Facts& facts, const Row& row) {
    Step step{row.range, row.uses, row.background(), "line " + std::to_string(row.line)};
    for (auto* paths : {&step.uses.reads, &step.uses.writes}) {
        std::erase_if(*paths, [&](const UsedPath& each) { return facts.is_pipe(each.pattern); });
    }
    step.uses.reads_stdin = step.uses.reads_stdin && !step.background;
    if (row.is_step && step.uses.unknown.empty()) {
        step.uses.unknown = row.program.value_or("a step");
    }
    return step;
}

}  // namespace

bool is_needed_later(const Facts& facts, const Row& row) {
    const Step earlier = step_of(facts, row);
    return std::any_of(&row + 1, facts.rows.data() + facts.rows.size(), [&](const Row& later) {
        return later.is_pipeline() && !facts.is_dropped(later, false) &&
               reason_to_wait(earlier, step_of(facts, later));
    });
}

bool has_meetings(const Facts& facts) {
    return std::any_of(facts.pipes.begin(), facts.pipes.end(),
                       [](const Fifo& each) { return !each.shared; });
}

std::vector<RowOrder> find_orders(const Facts& facts, const std::vector<BuiltRow>& rows) {
    std::vector<RowOrder> orders;
    if (has_meetings(facts)) {
        return orders;
    }
    std::vector<Step> before;
    std::vector<std::size_t> indices;
    std::optional<std::size_t>
        silent;  // with `set -e`: it may fail, and prints nothing before that
    for (const BuiltRow& built : rows) {
        const Row& row = *built.row;
        const std::size_t index = &row - facts.rows.data();
        const Step step = step_of(facts, row);
        for (std::size_t i = 0; i < before.size() && !row.background(); ++i) {
            const bool asked = row.statement->chain->behind_and && i + 1 == before.size();
            const bool leaves = facts.rows[indices[i]].leaves;
            if (before[i].background || !(asked || leaves || reason_to_wait(before[i], step))) {
                continue;
            }
            orders.push_back({indices[i], index, !asked && !leaves && !facts.settings.errexit});
        }
        if (silent && built.prints && !row.background()) orders.push_back({*silent, index, false});
        const bool may_fail = !never_fails(row.statement->line().commands.back());
        if (!silent && facts.settings.errexit && !built.prints && built.to_file && may_fail) {
            silent = index;
        }
        before.push_back(step);
        indices.push_back(index);
    }
    return orders;
}

namespace {

/// It is written in place, because something below uses it, and a run cannot do that to a file that
/// a stage above has as its stdin.
bool writes_over_stdin(const Facts& facts, const Row& earlier, const Row& later) {
    const auto reads = [&](const std::string& path) {
        return std::find(earlier.files.read.begin(), earlier.files.read.end(), path) !=
               earlier.files.read.end();
    };
    return std::any_of(later.files.written.begin(), later.files.written.end(), reads) &&
           is_needed_later(facts, later);
}

}  // namespace

void check_order(const Facts& facts, std::vector<Refusal>& refusals) {
    std::vector<Step> before;
    std::vector<const Row*> rows;
    for (const Row& row : facts.rows) {
        if (row.is(Statement::Kind::wait)) {
            for (Step& step : before) {
                step.background = false;
            }
        }
        if (!row.is_pipeline() || facts.is_dropped(row, false)) {
            continue;
        }
        Step step = step_of(facts, row);
        for (std::size_t i = 0; i < before.size(); ++i) {
            const Step& earlier = before[i];
            const bool can = !writes_over_stdin(facts, *rows[i], row) && !earlier.background &&
                             !step.background && !has_meetings(facts);
            if (auto wait = reason_to_wait(earlier, step); wait && (!can || wait->never)) {
                refusals.push_back(
                    {row.range, wait->message + ": the two run in order", std::move(wait->hint)});
                break;
            }
        }
        before.push_back(std::move(step));
        rows.push_back(&row);
    }
}

}  // namespace pipectl::shell
