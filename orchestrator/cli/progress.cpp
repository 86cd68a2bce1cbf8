#include "orchestrator/cli/progress.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "orchestrator/process/proc_look.hpp"
#include "orchestrator/report/progress.hpp"

namespace pipectl {

namespace {

constexpr double kWindow = 2.0;  // seconds, of rates: bursts are even by then

/// By now: on a busy machine a while has passed since the look.
bool has_written(pid_t pid) {
    const Fd file = open_io_count(pid);
    const auto count = read_io_count(file.get());
    return !count || count->written > 0;
}

}  // namespace

Progress::Progress(const std::string& choice, bool quiet, TerminalUse use, Teller& teller)
    : use_(std::move(use)), display_(choice, quiet, use_.any, teller) {}

void Progress::show(Summary summary, double time_s, const Sampled& seen) {
    window_.push_back({time_s, seen});
    while (window_.size() > 2 && window_[1].at_s <= time_s - kWindow) {
        window_.pop_front();
    }
    if (!due(time_s)) {
        return;
    }
    summary.wall_s = time_s;
    summary.moments = {window_.front(), window_.back()};
    display_.show({[&](std::size_t columns, std::size_t rows) {
                       return progress_block(summary, columns, rows);
                   },
                   [&] { return progress_title(summary); }, [&] { return progress_line(summary); },
                   percent_read(summary), [&] { return !data_was_shown(summary); }},
                  time_s);
}

/// What is not known may have been.
bool Progress::data_was_shown(const Summary& summary) const {
    const auto& seen = summary.moments.back().seen.processes;
    return std::ranges::any_of(use_.data, [&](int process) {
        const std::size_t index = process;
        const auto& stage = summary.stages[index];
        return stage.start_s && (index >= seen.size() || seen[index].bytes_out != 0 ||
                                 (stage.pid && has_written(*stage.pid)));
    });
}

}  // namespace pipectl
