// pipectl signal: sends a signal to the stages of a run, or to one of them.

#include <string>
#include <vector>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kSignalHelp = {
    "signal", "RUN[/STAGE] SIGNAL",
    "Send a signal to one stage of a run, or to all that still run.",
    "  pipectl signal 3f9a/sort USR1\n"
    "  pipectl signal backup SIGTSTP     stop the whole run, as Ctrl-Z does; SIGCONT goes on\n"
    "  pipectl signal backup/read 10\n",
    "RUN is the first digits of the id that 'pipectl ps' shows, or the name of its pipeline. "
    "SIGNAL is a\n"
    "name or a number. What a signal ends has failed as if anybody had sent it: 'pipectl stop' "
    "cancels.\n"
    "\n"
    "Exit status: 0 when it was sent, 125 when not.\n"};

}  // namespace

int signal_command(const std::vector<std::string>& words) {
    std::vector<std::string> given;
    Arguments arguments(kSignalHelp);
    arguments.words(given);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    if (given.size() != 2) {
        return usage_error(kSignalHelp, given.empty() ? "RUN and SIGNAL are missing"
                                        : given.size() == 1
                                            ? "SIGNAL is missing"
                                            : "unexpected argument '" + given[2] + "'");
    }
    const auto number = signal_number(given[1]);
    if (!number) {
        return usage_error(kSignalHelp, "unknown signal '" + given[1] + "'" +
                                            did_you_mean(given[1], signal_names()));
    }
    const std::size_t slash = given[0].rfind('/');
    const auto run = which_run(given[0].substr(0, slash));
    if (!run) {
        return kOwnError;
    }
    std::string request = "signal " + std::to_string(*number);
    if (slash != std::string::npos) {
        const std::string stage = given[0].substr(slash + 1);
        if (stage.empty()) {
            return usage_error(kSignalHelp,
                               "the name of a stage is missing after '" + given[0] + "'");
        }
        request += " " + stage;
    }
    ControlAnswer answer;
    return ask_listed_run(*run, request, "cannot signal", answer);
}

}  // namespace pipectl
