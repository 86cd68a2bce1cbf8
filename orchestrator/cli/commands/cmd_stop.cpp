// pipectl stop: cancels a run from outside.

#include <poll.h>

#include <cerrno>
#include <vector>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/traces/stray_run.hpp"
#include "stages/objects/run_remains.hpp"

namespace pipectl {

namespace {

constexpr CommandOption kStopOptions[] = {
    {"--now", {}, "SIGKILL at once, without a grace period"},
};

constexpr CommandOperand kStopOperands[] = {
    {"RUN", CommandOperand::Count::one_or_more, complete_runs}};

int stop_command(const Given& given);

}  // namespace

extern constexpr Command kStopCommand = {
    .name = "stop",
    .takes = "RUN...",
    .brief = "cancel them",
    .usage = "[OPTIONS] RUN...",
    .summary =
        "Cancel runs of this user, as SIGTERM to their pipectl does, and wait for their end.",
    .examples = R"(
  pipectl stop 3f9a        the first digits of the id that 'pipectl ps' shows
  pipectl stop backup      the name of the pipeline, when only one run of it goes on
  pipectl stop backup --now
)",
    .help = R"(
Every stage gets its cancelling signal and, after the run's grace period, SIGKILL. No file is
replaced, nothing is left, and the run's pipectl ends by SIGTERM.

Exit status: 0 when all have ended; 125 when one could not be asked.
)",
    .options = kStopOptions,
    .operands = kStopOperands,
    .run = stop_command,
};

namespace {

/// The run's first process ends when all is cleaned up.
void wait_for_end(int process) {
    pollfd watched{process, POLLIN, 0};
    while (::poll(&watched, 1, -1) < 0 && errno == EINTR) {
    }
}

/// Of a run whose pipectl was killed nobody else ends the stages.
int end_stray(const ListedRun& run) {
    const StrayEnd end = end_stray_run(run.where.run);
    const std::string count =
        std::to_string(end.ended) + (end.ended == 1 ? " process" : " processes");
    if (end.left > 0 || !channel::Remains(run.where.folder).remove()) {
        return own_error("cannot end all that is left of " + name_of(run) + ": " + count +
                         " ended, " + std::to_string(end.left) + " left");
    }
    print_error("pipectl: " + name_of(run) +
                " went on without pipectl, which was killed: " + count + " ended\n");
    return 0;
}

int stop_one(const std::string& name, bool now, ControlAnswer& answer) {
    const auto run = which_run(name);
    if (!run) {
        return kOwnError;
    }
    if (!run->summary && is_stray(run->where.run, run->where.folder)) {
        return end_stray(*run);
    }
    return ask_listed_run(*run, now ? "kill" : "cancel", "cannot stop", answer);
}

int stop_command(const Given& given) {
    const bool now = given.has("--now");
    int status = 0;
    std::vector<ControlAnswer> asked;
    for (const std::string& name : given.operands()) {
        ControlAnswer answer;
        const int one = stop_one(name, now, answer);
        status = one == 0 ? status : one;
        asked.push_back(std::move(answer));
    }
    for (const ControlAnswer& answer : asked) {
        if (answer.descriptor) wait_for_end(answer.descriptor.get());
    }
    return status;
}

}  // namespace

}  // namespace pipectl
