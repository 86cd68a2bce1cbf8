// pipectl run: the command line of it.

#include <algorithm>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kHelp = {
    "run", "[OPTIONS] FILE", "Run a pipeline that a definition file describes.",
    "  pipectl run backup.toml\n"
    "  pipectl run slow.toml --set log=access.log --set minimum=800\n"
    "  pipectl run words.toml < book.txt | less\n"
    "  pipectl run backup.toml --via tcp --timeout 10m --summary\n"
    "  pipectl run backup.toml --dry-run\n",
    "FILE '-' is stdin. The pipeline's data goes to stdout, everything for people to stderr.\n"
    "\n"
    "Exit status: 0 when all stages ended well; else that of the stage that failed first (128+N "
    "for\n"
    "signal N); 124 for a timeout; 125 for an error of pipectl's own, such as wrong usage or an "
    "error\n"
    "in the definition; 126 or 127 for a program that cannot be executed or is not there.\n"
    "\n"
    "--json and --events also tell of a run that was refused because a program, a file, a folder "
    "or\n"
    "a user is missing: every stage is 'not started'. Errors in the definition leave no record.\n"};

}  // namespace

int run_command_line(const std::vector<std::string>& words) {
    for (const char* later : {"-c", "--script", "--html", "--strict", "--prefix"}) {
        if (std::find(words.begin(), words.end(), later) != words.end()) {
            return usage_error(kHelp, "option '" + std::string(later) + "' is not yet supported");
        }
    }
    RunOptions options;
    PlanOptions plan_options;
    Arguments arguments(kHelp);
    plan_options.declare(arguments, true);
    arguments.flag("--dry-run", options.dry_run, "show the plan instead (as 'pipectl plan')");
    arguments.flag("--quiet", options.quiet, "say only what went wrong");
    arguments.flag("--summary", options.summary, "a table of the stages at the end");
    arguments.option("--json", options.json, "FILE", "the run's record");
    arguments.option("--events", options.events, "FILE", "one JSON object a line, as it happens");
    arguments.option("--joblog", options.joblog, "FILE", "the stages, as GNU parallel logs jobs");
    arguments.choice("--progress", options.progress, {"auto", "always", "never"},
                     "default: on a terminal");
    arguments.file(options.file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    auto request = plan_options.request(kHelp);
    if (!request) {
        return kOwnError;
    }
    options.request = std::move(*request);
    options.request.allow_missing_parameters = options.dry_run;
    options.colour = plan_options.colour;
    return run_command(options);
}

}  // namespace pipectl
