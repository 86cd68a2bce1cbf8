// pipectl resume: what is left to do of a run that failed.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/kept_run.hpp"
#include "orchestrator/cli/plan_options.hpp"
#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/cli/run_words.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kSecretOption[] = {
    {"--set", "NAME=VALUE", "of a parameter that is a secret; others are as they were",
     complete_parameters}};

constexpr auto kResumeOptions = joined(kTellingOptions, kSecretOption);

void complete_kept_runs(Offers& candidates, const std::vector<std::string>& before);

constexpr CommandOperand kResumeOperands[] = {
    {"RUN", CommandOperand::Count::one, complete_kept_runs}};

int resume_command(const Given& given);

}  // namespace

extern constexpr Command kResumeCommand = {
    .name = "resume",
    .takes = "RUN",
    .brief = "go on with a run that failed, from what it left",
    .usage = "[OPTIONS] RUN",
    .summary = "Run what is left to do of a run that failed.",
    .examples = R"(
  pipectl resume last
  pipectl resume 3f2a --summary
  pipectl resume last --set token=@token.txt
)",
    .help = R"(
RUN is the first digits of its id, or 'last'. Of a run that failed or was killed there is what was
complete: streams behind a gate (when = "complete", as = "file"), of edges with keep = true and of
stages with cache = true, and the items of a [for-each] that ended well. These stages and items are
not run again; all others are, also those that had ended well and left nothing. It is run from the
folder where it was, with the parameters that it had; secrets are set again.

All that what was left depends on has to be what it was: commands, programs, files, the environment.
What is not is named, and nothing is run. A stage that is run again may have been mended.

Exit status: as that of 'pipectl run'.
)",
    .options = kResumeOptions,
    .operands = kResumeOperands,
    .run = resume_command,
};

namespace {

/// A line for each that can be meant.
std::string kept_run_list(const KeptRuns& runs, const std::vector<std::string>& ids) {
    std::string text;
    for (const std::string& id : ids) {
        if (const auto run = runs.read(id)) {
            text += "\n  " + id.substr(0, kShortId) + "  " + run->started_at + "  " +
                    one_line(run->pipeline);
        }
    }
    return text;
}

void complete_kept_runs(Offers& candidates, const std::vector<std::string>& before) {
    if (!before.empty()) return;
    candidates.add("last", "the latest run that left something");
    const KeptRuns runs;
    for (const std::string& id : runs.ids()) {
        const auto run = runs.read(id);
        if (run) candidates.add(id.substr(0, kShortId), one_line(run->pipeline));
    }
}

/// To where it was, as its stages were.
void go_back_to(const KeptRun& run) {
    if (::chdir(run.cwd.c_str()) != 0) {
        throw SystemError("cannot go to '" + run.cwd + "', where it was run", errno);
    }
    if (run.pwd.empty()) {
        ::unsetenv("PWD");
    } else {
        ::setenv("PWD", run.pwd.c_str(), 1);
    }
}

int resume_kept(const Given& given, const KeptRun& kept) {
    auto request = plan_request(given);
    if (!request) return kOwnError;
    RunOptions options = run_options_of(given);
    options.file = kept.source;
    options.cached = kept.cached;
    options.resume = &kept;
    options.request = std::move(*request);
    auto own = std::exchange(options.request.set, kept.set);
    options.request.set.insert(options.request.set.end(), own.begin(), own.end());
    options.request.via = kept.via;
    options.request.stage_via = kept.stage_via;
    options.request.timeout = kept.timeout;
    go_back_to(kept);
    return run_command(options);
}

int resume_command(const Given& given) {
    const KeptRuns runs;
    const std::string word = given.operand(0);
    std::vector<std::string> ids = runs.ids();
    std::vector<std::string> meant;
    if (word == "last" && !ids.empty()) {
        meant.push_back(ids.front());
    } else if (!word.empty()) {
        std::ranges::copy_if(ids, std::back_inserter(meant),
                             [&](const std::string& id) { return id.starts_with(word); });
    }
    if (meant.size() != 1) {
        const std::string list = kept_run_list(runs, meant.empty() ? ids : meant);
        return own_error(meant.empty()
                             ? "no run '" + printable(word) + "' has left anything to go on from" +
                                   (list.empty() ? "" : "; these have:" + list)
                             : "several runs begin with '" + word + "':" + list);
    }
    const std::string named = "run " + meant.front().substr(0, kShortId);
    const Fd locked = runs.lock(meant.front());
    if (!locked) return own_error(named + " goes on, or is being resumed");
    const auto kept = runs.read(meant.front());
    if (!kept) return own_error(named + " was written down half, or by another pipectl");
    return resume_kept(given, *kept);
}

}  // namespace

}  // namespace pipectl
