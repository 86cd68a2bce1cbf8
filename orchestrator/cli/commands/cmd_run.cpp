// pipectl run: the command line of it.

#include <utility>

#include <unistd.h>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/parameter_options.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_words.hpp"
#include "orchestrator/cli/watch.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"

namespace pipectl {

namespace {

/// Where no file is named.
constexpr const char* kUsualFile = "pipeline.toml";

constexpr CommandOption kSourceOptions[] = {
    kSetOption,
    kHostsOption,
    {"--cached", {}, "keep and play streams of all stages, as `cache = true` does"},
    {"--watch", {}, "again whenever an input has changed, until Ctrl-C"},
    {"-c", "TEXT", "a shell pipeline instead of FILE"},
    {"--script", "FILE", "a file with one; '-': stdin", complete_files},
    {"--strict", {}, "for these: what a run promises, not the shell's rules"},
};

constexpr auto kRunOptions = joined(kChangingOptions, kTellingOptions, kSourceOptions);

constexpr CommandOperand kRunOperands[] = {
    {"FILE", CommandOperand::Count::optional, complete_files}};

int run_given(const Given& given);

}  // namespace

extern constexpr Command kRunCommand = {
    .name = "run",
    .takes = "[FILE]",
    .brief = "run a pipeline ('-': from stdin; default: pipeline.toml)",
    .usage = "[OPTIONS] [FILE [--PARAMETER VALUE ...]] | -c TEXT",
    .summary = "Run a pipeline that a definition file describes, or a line of shell.",
    .examples = R"(
  pipectl run backup.toml
  pipectl run slow.toml --set log=access.log --set minimum=800
  pipectl run slow.toml --log access.log --minimum 800
  pipectl run slow.toml --help
  pipectl run words.toml < book.txt | less
  pipectl run backup.toml --via tcp --timeout 10m --summary
  pipectl run backup.toml --dry-run
  pipectl run -c 'zcat access.log.gz | cut -d" " -f7 | sort | uniq -c' --summary
)",
    .help = R"(
FILE '-' is stdin. The pipeline's data goes to stdout, everything for people to stderr.

Behind FILE its parameters are options too: '--minimum 800', '--minimum=800', of one that is true or
false '--verbose'. An option of pipectl's own keeps its meaning. FILE --help tells what FILE takes.

With -c and --script the pipeline is one of the shell's, with the bytes, files and status that
bash gives it; what only a shell can do is a stage that is one. --strict makes it a run as from
a definition: a stage that fails ends it, and files are replaced when all has gone well.

Exit status: 0 when all stages ended well; else that of the stage that failed first (128+N for
signal N); 124 for a timeout; 125 for an error of pipectl's own, such as wrong usage or an error
in the definition; 126 or 127 for a program that cannot be executed or is not there.

'-' as the FILE of --json, --html, --joblog, --trace or --events is stdout, where no stage writes to it.

--json, --html and --events also tell of a run that was refused because a program, a file, a folder or
a user is missing: every stage is 'not started'. Errors in the definition leave no record.
)",
    .options = kRunOptions,
    .operands = kRunOperands,
    .run = run_given,
    .prepare = take_parameter_options,
};

namespace {

RunOptions options_of(const Given& given) {
    RunOptions options = run_options_of(given);
    options.file = given.operand(0);
    options.command = given.value("-c");
    options.script = given.value("--script");
    options.strict = given.has("--strict");
    options.cached = given.has("--cached");
    return options;
}

int run_given(const Given& given) {
    RunOptions options = options_of(given);
    const bool shell = given.has("-c") || !options.script.empty();
    if (!shell && options.file.empty() && ::access(kUsualFile, F_OK) == 0) {
        options.file = kUsualFile;
    }
    const int sources = (given.has("-c") ? 1 : 0) + (options.script.empty() ? 0 : 1) +
                        (options.file.empty() ? 0 : 1);
    if (sources != 1) {
        return usage_error(given.command(),
                           sources == 0 ? "FILE is missing, and there is no pipeline.toml here"
                                        : "FILE, -c and --script exclude each other");
    }
    if (options.strict && !options.file.empty()) {
        return usage_error(given.command(),
                           "--strict is for -c and --script; in a definition it is a key");
    }
    if (given.has("--watch") && (options.file.empty() || options.file == "-" || options.dry_run)) {
        return usage_error(given.command(), "--watch is for definitions that are files");
    }
    if (options.cached && options.file.empty()) {
        return usage_error(given.command(),
                           "--cached is for definitions; 'pipectl import' makes one of a script");
    }
    auto request = plan_request(given);
    if (!request) {
        return kOwnError;
    }
    options.request = std::move(*request);
    options.request.allow_missing_parameters = options.dry_run;
    if (given.has("--watch")) {
        return watch_command(options);
    }
    options.ends_program = true;
    return options.file.empty() ? run_shell_command(options) : run_command(options);
}

}  // namespace

}  // namespace pipectl
