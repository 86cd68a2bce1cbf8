// pipectl signal: sends a signal to the stages of a run, or to one of them.

#include <string>
#include <vector>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

void complete_signals(Offers& candidates, const std::vector<std::string>& before);

constexpr CommandOperand kSignalOperands[] = {
    {"RUN", CommandOperand::Count::one, complete_stages_of_runs},
    {"SIGNAL", CommandOperand::Count::one, complete_signals},
};

int signal_command(const Given& given);

void complete_signals(Offers& candidates, const std::vector<std::string>& /*before*/) {
    for (const std::string& name : signal_names()) {
        candidates.add(name);
    }
}

}  // namespace

extern constexpr Command kSignalCommand = {
    .name = "signal",
    .takes = "RUN SIG",
    .brief = "send a signal to a run or a stage",
    .usage = "RUN[/STAGE] SIGNAL",
    .summary = "Send a signal to one stage of a run, or to all that still run.",
    .examples = R"(
  pipectl signal 3f9a/sort USR1
  pipectl signal backup SIGTSTP     stop the whole run, as Ctrl-Z does; SIGCONT goes on
  pipectl signal backup/read 10
  pipectl signal "$PIPECTL_RUN/load" SIGRTMIN+3     in a stage: another one of the same run
)",
    .help = R"(
RUN is the first digits of the id that 'pipectl ps' shows, or the name of its pipeline. SIGNAL is a
name or a number, real-time signals among them (SIGRTMIN+3, 37). What a signal ends has failed as if
anybody had sent it: 'pipectl stop' cancels. In a stage, the run that it belongs to is in PIPECTL_RUN;
a run that has only just begun is waited for there, ten seconds at most.

Exit status: 0 when it was sent, 125 when not.
)",
    .operands = kSignalOperands,
    .run = signal_command,
};

namespace {

int signal_command(const Given& given) {
    const std::string run_word = given.operand(0);
    const std::string signal_word = given.operand(1);
    const auto number = signal_number(signal_word);
    if (!number) {
        const bool reserved = signal_word == "32" || signal_word == "33";
        return usage_error(given.command(),
                           "unknown signal '" + signal_word + "'" +
                               (reserved ? ": 32 and 33 are the C library's own"
                                         : did_you_mean(signal_word, signal_names())));
    }
    const std::size_t slash = run_word.find('/');
    const auto run = which_run(run_word.substr(0, slash));
    if (!run) {
        return kOwnError;
    }
    std::string request = "signal " + std::to_string(*number);
    if (slash != std::string::npos) {
        const std::string stage = run_word.substr(slash + 1);
        if (stage.empty()) {
            return usage_error(given.command(),
                               "the name of a stage is missing after '" + run_word + "'");
        }
        request += " " + stage;
    }
    ControlAnswer answer;
    return ask_listed_run(*run, request, "cannot signal", answer);
}

}  // namespace

}  // namespace pipectl
