// pipectl ps: the runs of this user that go on.

#include <unistd.h>

#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/report/live_report.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kPsOptions[] = {
    json_option("for programs: an array with an object for each run"),
    kColourOption,
};

int ps_command(const Given& given);

}  // namespace

extern constexpr Command kPsCommand = {
    .name = "ps",
    .brief = "the runs that go on",
    .usage = "[OPTIONS]",
    .summary = "List the runs of this user that go on, the youngest first.",
    .examples = R"(
  pipectl ps
  pipectl ps --json | jq -r '.[] | select(.age_s > 3600) | .run'
)",
    .help = R"(
A line for each run, its id first: what 'top', 'stop' and 'signal' take, or any beginning of it that
is its alone. A run is listed once it has lasted 50 ms.

Exit status: 0, also when there is none.
)",
    .options = kPsOptions,
    .run = ps_command,
};

namespace {

int ps_command(const Given& given) {
    const std::vector<LiveView> runs = *live_views();
    return print(given.json() ? render_live_json(runs)
                              : render_ps(runs, use_colour(given.value("--color"), STDOUT_FILENO)));
}

}  // namespace

}  // namespace pipectl
