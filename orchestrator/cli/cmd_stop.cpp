// pipectl stop: cancels a run from outside.

#include <poll.h>

#include <cerrno>
#include <vector>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/traces/stray_run.hpp"
#include "stages/objects/run_remains.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kStopHelp = {
    "stop", "[OPTIONS] RUN...",
    "Cancel runs of this user, as SIGTERM to their pipectl does, and wait for their end.",
    "  pipectl stop 3f9a        the first digits of the id that 'pipectl ps' shows\n"
    "  pipectl stop backup      the name of the pipeline, when only one run of it goes on\n"
    "  pipectl stop backup --now\n",
    "Every stage gets its cancelling signal and, after the run's grace period, SIGKILL. No file "
    "is\n"
    "replaced, nothing is left, and the run's pipectl ends by SIGTERM.\n"
    "\n"
    "Exit status: 0 when all have ended; 125 when one could not be asked.\n"};

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

}  // namespace

int stop_command(const std::vector<std::string>& words) {
    bool now = false;
    std::vector<std::string> names;
    Arguments arguments(kStopHelp);
    arguments.flag("--now", now, "SIGKILL at once, without a grace period");
    arguments.words(names);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    if (names.empty()) {
        return usage_error(kStopHelp, "RUN is missing");
    }
    int status = 0;
    std::vector<ControlAnswer> asked;
    for (const std::string& name : names) {
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

}  // namespace pipectl
