#pragma once

// The options that every command has which runs a pipeline: `run` and `pipe`.

#include <algorithm>
#include <array>

#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"

namespace pipectl {

/// What a run is to be.
inline constexpr CommandOption kChangingOptions[] = {
    kViaOption,
    kTimeoutOption,
    {"--record", "FILE", "every byte of every edge, for 'pipectl replay'", complete_files},
    {"--tap", {}, "let 'pipectl tap' see what goes over the edges"},
};

/// How it tells of itself.
inline constexpr CommandOption kTellingOptions[] = {
    kColourOption,
    {"--dry-run", {}, "show the plan instead (as 'pipectl plan')", nullptr, "-n"},
    {"--quiet", {}, "say only what went wrong", nullptr, "-q"},
    {"--summary", {}, "a table of the stages at the end", nullptr, "-s"},
    {"--json", "FILE", "the run's record", complete_files},
    {"--html", "FILE", "the same as a page", complete_files},
    {"--events", "FILE", "one JSON object a line, as it happens", complete_files},
    {"--joblog", "FILE", "the stages, as GNU parallel logs jobs", complete_files},
    {"--trace", "FILE", "states and bytes over time, for ui.perfetto.dev", complete_files},
    {"--prefix", {}, "stderr of stages as '08:15:00.123 stage | text'"},
    {"--progress", "auto|always|never",
     "default: on a terminal; in its title where stages have it too"},
};

/// Lists of options as one.
template <std::size_t... Sizes>
constexpr auto joined(const CommandOption (&... lists)[Sizes]) {
    std::array<CommandOption, (Sizes + ...)> all{};
    auto end = all.begin();
    ((end = std::copy_n(lists, Sizes, end)), ...);
    return all;
}

/// What of these was given, where the command has it.
RunOptions run_options_of(const Given& given);

}  // namespace pipectl
