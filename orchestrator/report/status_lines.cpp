#include "orchestrator/report/status_lines.hpp"

#include <algorithm>

#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/progress.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

/// ", waits for room at 'sort', 1.2 GiB in, 1.1 GiB out"
std::string seen_of(const Summary& summary, std::size_t index) {
    const std::string activity = activity_of(summary, index);
    std::string text = activity.empty() ? "" : ", " + activity;
    if (!summary.moments.empty() && index < summary.moments.back().seen.processes.size()) {
        const auto& seen = summary.moments.back().seen.processes[index];
        if (seen.bytes_in > 0) text += filled(", {} read", format_seen(seen.bytes_in));
        if (seen.bytes_out > 0) text += filled(", {} written", format_seen(seen.bytes_out));
    }
    return text;
}

std::string state_of(const Summary& summary, std::size_t index, double now_s) {
    const StageSummary& stage = summary.stages[index];
    if (!stage.start_s) {
        return stage.verdict ? verdict_name(*stage.verdict) : "waiting to be started";
    }
    if (!stage.end_s) {
        std::string text =
            filled("running for {} (pid {}){}", format_duration(now_s - *stage.start_s),
                   stage.pid.value_or(0), seen_of(summary, index));
        if (!stage.signals.empty()) {
            const auto& last = stage.signals.back();
            text += filled(", {} sent {} ago", signal_name(last.signal),
                           format_duration(now_s - last.at_s));
        }
        return text;
    }
    std::string text = "ended";
    if (stage.verdict) {
        text += std::string(" ") + verdict_name(*stage.verdict);
    }
    text += filled(" after {}", format_duration(*stage.end_s - *stage.start_s));
    if (stage.status && *stage.status != ExitStatus{}) {
        text += ", " + describe(*stage.status);
    }
    return text;
}

}  // namespace

std::string render_status(const Summary& summary, double now_s) {
    std::size_t stages = 0;
    std::size_t running = 0;
    std::size_t width = 0;
    for (const auto& stage : summary.stages) {
        if (!stage.helper) {
            ++stages;
            running += stage.running() ? 1 : 0;
        }
    }
    const auto listed = [&](const StageSummary& stage) {
        return !stage.helper || (running == 0 && stage.running());
    };
    for (const auto& stage : summary.stages) {
        if (listed(stage)) {
            width = std::max(width, width_of(one_line(stage.name)));
        }
    }
    std::string text =
        filled("pipectl: '{}' after {}: {} of {} {} running{}\n", one_line(summary.pipeline),
               format_duration(now_s), running, stages, stages == 1 ? "stage" : "stages",
               summary.cancel ? ", being cancelled" : "");
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        if (listed(summary.stages[i])) {
            text += filled("  {}  {}\n", padded(one_line(summary.stages[i].name), width),
                           state_of(summary, i, now_s));
        }
    }
    return text;
}

}  // namespace pipectl
