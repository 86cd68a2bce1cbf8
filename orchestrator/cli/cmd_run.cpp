// pipectl run: the command line of it.

#include <algorithm>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/run_options.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kRunHelp = {
    "run", "[OPTIONS] FILE | -c TEXT",
    "Run a pipeline that a definition file describes, or a line of shell.",
    "  pipectl run backup.toml\n"
    "  pipectl run slow.toml --set log=access.log --set minimum=800\n"
    "  pipectl run words.toml < book.txt | less\n"
    "  pipectl run backup.toml --via tcp --timeout 10m --summary\n"
    "  pipectl run backup.toml --dry-run\n"
    "  pipectl run -c 'zcat access.log.gz | cut -d\" \" -f7 | sort | uniq -c' --summary\n",
    "FILE '-' is stdin. The pipeline's data goes to stdout, everything for people to stderr.\n"
    "\n"
    "With -c and --script the pipeline is one of the shell's, with the bytes, files and status "
    "that\n"
    "bash gives it; what only a shell can do is a stage that is one. --strict makes it a run as "
    "from\n"
    "a definition: a stage that fails ends it, and files are replaced when all has gone well.\n"
    "\n"
    "Exit status: 0 when all stages ended well; else that of the stage that failed first (128+N "
    "for\n"
    "signal N); 124 for a timeout; 125 for an error of pipectl's own, such as wrong usage or an "
    "error\n"
    "in the definition; 126 or 127 for a program that cannot be executed or is not there.\n"
    "\n"
    "'-' as the FILE of --json, --html, --joblog or --events is stdout, where no stage writes to "
    "it.\n"
    "\n"
    "--json, --html and --events also tell of a run that was refused because a program, a file, a "
    "folder "
    "or\n"
    "a user is missing: every stage is 'not started'. Errors in the definition leave no record.\n"};

}  // namespace

int run_command_line(const std::vector<std::string>& words) {
    RunOptions options;
    PlanOptions plan_options;
    Arguments arguments(kRunHelp);
    plan_options.declare(arguments, true);
    arguments.flag("--dry-run", options.dry_run, "show the plan instead (as 'pipectl plan')");
    arguments.flag("--quiet", options.quiet, "say only what went wrong");
    arguments.flag("--summary", options.summary, "a table of the stages at the end");
    arguments.option("--json", options.json, "FILE", "the run's record");
    arguments.option("--html", options.html, "FILE", "the same as a page");
    arguments.option("--events", options.events, "FILE", "one JSON object a line, as it happens");
    arguments.option("--joblog", options.joblog, "FILE", "the stages, as GNU parallel logs jobs");
    arguments.flag("--prefix", options.prefix, "stderr of stages as '08:15:00.123 stage | text'");
    arguments.choice("--progress", options.progress, {"auto", "always", "never"},
                     "default: on a terminal; in its title where stages have it too");
    arguments.option("-c", options.command, "TEXT", "a shell pipeline instead of FILE");
    arguments.option("--script", options.script, "FILE", "a file with one; '-': stdin");
    arguments.flag("--strict", options.strict,
                   "for these: what a run promises, not the shell's rules");
    arguments.optional_file(options.file);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    const bool has_command = std::find(words.begin(), words.end(), "-c") != words.end();
    const int sources =
        (has_command ? 1 : 0) + (options.script.empty() ? 0 : 1) + (options.file.empty() ? 0 : 1);
    if (sources != 1) {
        return usage_error(kRunHelp, sources == 0 ? "FILE is missing"
                                                  : "FILE, -c and --script exclude each other");
    }
    if (options.strict && !options.file.empty()) {
        return usage_error(kRunHelp,
                           "--strict is for -c and --script; in a definition it is a key");
    }
    auto request = plan_options.request(kRunHelp);
    if (!request) {
        return kOwnError;
    }
    options.request = std::move(*request);
    options.request.allow_missing_parameters = options.dry_run;
    options.colour = plan_options.colour;
    return options.file.empty() ? run_shell_command(options) : run_command(options);
}

}  // namespace pipectl
