// pipectl pipe: a pipeline of the caller's own words.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/pipe_words.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_words.hpp"
#include "orchestrator/cli/shell_stage.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"

namespace pipectl {

namespace {

constexpr const char* kSeparator = "::";

constexpr CommandOption kOwnOptions[] = {
    {"--sep", "WORD", "what stands between commands; default: '::'"},
    {"--part-of", "FILE:LINE", "it stands in this script: messages and statuses as a shell has"},
    {"--hands-on", {}, "a stage of that script's shell reads its output (pipectl-sh)"},
};

constexpr auto kPipeOptions = joined(kChangingOptions, kTellingOptions, kStageOptions, kOwnOptions);

constexpr CommandOperand kPipeOperands[] = {{"COMMAND", CommandOperand::Count::one_or_more}};

int pipe_command(const Given& given);

}  // namespace

extern constexpr Command kPipeCommand = {
    .name = "pipe",
    .takes = "COMMAND.. :: COMMAND..",
    .brief = "a pipeline of the caller's own words",
    .usage = "[OPTIONS] [--] COMMAND.. [:: [OPTIONS] [--] COMMAND..]..",
    .summary = "Run a pipeline of the caller's own words, with what a run promises.",
    .examples = R"(
  pipectl pipe zcat "$log" :: grep -F "$pattern" :: --out hits.txt sort -u
  pipectl pipe --summary seq 1000000 :: sort -rn :: head -n 3
  pipectl pipe --in data.csv cut -d, -f2 :: sort :: --ok 0,1 --out counts.txt uniq -c
  pipectl pipe --text 'b a' tr ' ' '\n' :: sort
  pipectl pipe git ls-files -z :: --err xargs.log xargs -0 wc -l
)",
    .help = R"(
Each word is one argument, as the shell has made it: nothing is quoted or expanded twice. '::'
stands between commands; as a word it is written '\::', and --sep takes another one. Options of the
run stand before the first command; --in, --text, --out, --append, --err, --ok, --cwd stand before
the command that they are of, --via too behind a '::'. '--' ends them.

A command that fails ends the run with its status, and no other is shown an end of data that is
not true; files are replaced when all has ended well. 1 of grep, diff and test, and 123 of an xargs
with these, are no failures where another command follows. --out before a command that is not the
last one is a file and a reader together.

Exit status: as that of 'pipectl run'.
)",
    .options = kPipeOptions,
    .operands = kPipeOperands,
    .command_follows = true,
    .run = pipe_command,
};

namespace {

ShellPlace place_in_script(const std::string& text);

int run_pipe(const Given& given, const std::string& separator, const ShellPlace& place,
             std::function<void(int)> on_death);

int pipe_command(const Given& given) {
    const std::string separator = given.value("--sep", kSeparator);
    if (separator.empty()) {
        return usage_error(given.command(), "--sep is empty");
    }
    ShellPlace place = place_in_script(given.value("--part-of"));
    place.hands_on = given.has("--hands-on");
    if (!place.hands_on) return run_pipe(given, separator, place, {});
    HandingOn handing;
    int status = kOwnError;
    try {
        status = run_pipe(given, separator, place, [&](int number) { handing.over(128 + number); });
    } catch (const std::exception& error) {
        own_error(error.what());
    }
    handing.over(status);
    return status;
}

/// FILE:LINE
ShellPlace place_in_script(const std::string& text) {
    ShellPlace place;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return place;
    place.file = text.substr(0, colon);
    place.line = std::max(1, std::atoi(text.c_str() + colon + 1));
    return place;
}

int run_pipe(const Given& given, const std::string& separator, const ShellPlace& place,
             std::function<void(int)> on_death) {
    PipeWords words = read_pipe(given, separator, place);
    if (!words.wrong.empty()) {
        return usage_error(given.command(), words.wrong);
    }
    auto request = plan_request(given);
    if (!request) {
        return kOwnError;
    }
    RunOptions options = run_options_of(given);
    options.request = std::move(*request);
    options.in_shell = !place.file.empty();
    options.hands_on = place.hands_on;
    options.on_death = std::move(on_death);
    Loaded loaded;
    loaded.source = std::move(words.source);
    loaded.definition = std::move(words.definition);
    loaded.diagnostics = std::move(words.warnings);
    plan_loaded(loaded, options.request);
    options.reword = reword_for_pipe;
    return run_planned(options, loaded);
}

}  // namespace

}  // namespace pipectl
