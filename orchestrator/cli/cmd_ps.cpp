// pipectl ps: the runs of this user that go on.

#include <unistd.h>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/colour.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/report/live_report.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kPsHelp = {
    "ps", "[OPTIONS]", "List the runs of this user that go on, the youngest first.",
    "  pipectl ps\n"
    "  pipectl ps --json | jq -r '.[] | select(.age_s > 3600) | .run'\n",
    "A line for each run, its id first: what 'top', 'stop' and 'signal' take, or any beginning of "
    "it that\n"
    "is its alone. A run is listed once it has lasted 50 ms.\n"
    "\n"
    "Exit status: 0, also when there is none.\n"};

}  // namespace

int ps_command(const std::vector<std::string>& words) {
    bool json = false;
    std::string colour = "auto";
    Arguments arguments(kPsHelp);
    arguments.flag("--json", json, "for programs: an array with an object for each run");
    arguments.choice("--color", colour, {"auto", "always", "never"}, "default: on a terminal");
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    const std::vector<LiveView> runs = *live_views();
    return print(json ? render_ps_json(runs) : render_ps(runs, use_colour(colour, STDOUT_FILENO)));
}

}  // namespace pipectl
