#pragma once

// `pipectl history` as a value. Two programs have the command: pipectl, which knows of it and hands
// it on, and pipectl-history, which does the work and alone has the database in it.

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"

namespace pipectl {

inline constexpr CommandOption kHistoryOptions[] = {
    json_option("for programs: the list, the run's record (show), the difference"),
    {"--limit", "N", "how many are listed; default 25, 0: all"},
    {"--all", {}, "of rm: everything"},
    kColourOption,
};

template <Completer complete>
inline constexpr CommandOperand kHistoryOperands[] = {
    {"RUN", CommandOperand::Count::any, complete}};

/// `run` does the work in one program, and in the other goes on as the first.
template <auto run, Completer complete>
inline constexpr Command kHistoryValue = {
    .name = "history",
    .takes = "[NAME]",
    .brief = "the runs that have ended",
    .usage = "[OPTIONS] [NAME | show RUN | diff RUN RUN | rm RUN]",
    .summary =
        "Show the runs that have ended: all, those of one pipeline, one of them, or two side by "
        "side.",
    .examples = R"(
  pipectl history
  pipectl history backup --limit 0
  pipectl history show last
  pipectl history show 3f9a --json > run.json
  pipectl history diff backup~1 backup
  pipectl history rm --all
)",
    .help = R"(
RUN is the first digits of a run's id, 'last', or the name of a pipeline (its latest run); '~N'
behind a name is the Nth run before it. A run is compared with the successful ones before it that had
the same definition, commands and parameters and about as much input, 50 at most, by their medians;
'diff' says first what differed.

The latest 1,000 runs are kept, 200 of each definition and 64 MiB of records at most, in
$XDG_STATE_HOME/pipectl (~/.local/state/pipectl), which only you can read. Secret parameters are not
in it. With PIPECTL_HISTORY=off in the environment a run leaves no trace there.
)",
    .options = kHistoryOptions,
    .operands = kHistoryOperands<complete>,
    .run = run,
};

}  // namespace pipectl
