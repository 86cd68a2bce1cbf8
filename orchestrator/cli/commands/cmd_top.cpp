// pipectl top: what the runs of this user do, again and again.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "orchestrator/cli/completers.hpp"
#include "orchestrator/cli/screen.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "orchestrator/command/colour.hpp"
#include "orchestrator/command/command.hpp"
#include "orchestrator/command/common_options.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/report/live_report.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/die_of.hpp"

namespace pipectl {

namespace {

constexpr int kIntervalMs = 1000;

constexpr CommandOption kTopOptions[] = {
    json_option("for programs: once, as of 'pipectl ps'"),
    kColourOption,
};

constexpr CommandOperand kTopOperands[] = {{"RUN", CommandOperand::Count::optional, complete_runs}};

int top_command(const Given& given);

}  // namespace

extern constexpr Command kTopCommand = {
    .name = "top",
    .takes = "[RUN]",
    .brief = "watch them",
    .usage = "[OPTIONS] [RUN]",
    .summary = "Watch the runs of this user: what each stage does, and how much goes through it.",
    .examples = R"(
  pipectl top
  pipectl top backup
  pipectl top | cat        once
)",
    .help = R"(
RUN is the first digits of the id that 'pipectl ps' shows, or the name of its pipeline.
On a terminal the page is drawn once a second, and 'q' ends it. Bytes and rates are samples of what
the kernel counts; rates are of the last two seconds or a little more. '-' stands for what is not
known yet.
)",
    .options = kTopOptions,
    .operands = kTopOperands,
    .run = top_command,
};

namespace {

std::string page(const std::vector<LiveView>& runs, const PageSize& size, bool colour) {
    return runs.empty() ? "no run of yours goes on\n" : render_top(runs, size, colour);
}

/// A row that fills the last column is followed by a blank one on some terminals.
PageSize size_below_title(const Screen& screen) {
    return {std::max<std::size_t>(screen.lines(), 3) - 2,
            std::max<std::size_t>(screen.columns(), 2) - 1};
}

/// Returns the signal that is to end the program, or 0.
int watch(const std::string& word, std::vector<LiveView> runs, bool colour) {
    Screen screen;
    for (;;) {
        const PageSize size = size_below_title(screen);
        const std::string title = "pipectl top   " + std::to_string(runs.size()) +
                                  (runs.size() == 1 ? " run" : " runs") + "   q: quit";
        screen.draw(cut_to_width(title, size.columns) + "\n" + page(runs, size, colour));
        const auto key = screen.wait_for_key(kIntervalMs);
        if (screen.signal() != 0 || key == 'q' || key == 'Q') {
            return screen.signal();
        }
        if (word.empty()) {
            runs = *live_views();
        } else {
            std::erase_if(runs, [](LiveView& run) { return !refresh(run); });
            if (runs.empty()) {
                return 0;  // the one that was watched has ended
            }
        }
    }
}

int top_command(const Given& given) {
    const std::string word = given.operand(0);
    auto runs = live_views(word);
    if (!runs) {
        return kOwnError;
    }
    if (given.json()) {
        return print(render_live_json(*runs));
    }
    const bool use = use_colour(given.value("--color"), STDOUT_FILENO);
    if (::isatty(STDOUT_FILENO) != 1 || !own_terminal_skills().moves) {
        return print(page(*runs, {}, use));
    }
    if (const int signal = watch(word, std::move(*runs), use); signal != 0) {
        die_of(signal);
    }
    return 0;
}

}  // namespace

}  // namespace pipectl
