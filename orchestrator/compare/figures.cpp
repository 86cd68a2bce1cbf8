#include "orchestrator/compare/figures.hpp"

#include <algorithm>

#include "orchestrator/report/summary.hpp"

namespace pipectl::compare {

namespace {

std::string in_words(const CancelBegan& cancel) {
    switch (cancel.why) {
        case CancelBegan::Why::run_timeout: return "the run took longer than its timeout";
        case CancelBegan::Why::internal: return cancel.message;
        case CancelBegan::Why::signal: return "it was interrupted";
        case CancelBegan::Why::failure:
        case CancelBegan::Why::stage_timeout: break;
    }
    return {};
}

std::string in_words(const StageSummary& stage) {
    const std::string who = (stage.helper ? "helper '" : "stage '") + stage.name + "' ";
    if (!stage.start_error.empty()) return who + "could not be started: " + stage.start_error;
    if (stage.verdict == Verdict::timeout) return who + "took longer than its timeout";
    return stage.status ? who + describe(*stage.status) : who + "failed";
}

}  // namespace

Run figures_of(const std::vector<Event>& events) {
    Run run;
    for (const Event& event : events) {
        const auto* const ended = std::get_if<ProcessEnded>(&event.what);
        if (ended == nullptr) continue;
        run.wall_s = std::max(run.wall_s, event.time_s);
        run.cpu_s += ended->use.user_s + ended->use.system_s;
        run.switches += ended->use.voluntary_switches + ended->use.involuntary_switches;
        run.rss_bytes += ended->use.max_rss_bytes;
    }
    return run;
}

std::string failure_of(const std::vector<Event>& events) {
    const Summary summary = summarize(events);
    if (!summary.end) return "the run was ended before it could tell how it went";
    if (summary.end->verdict == Verdict::ok && summary.end->exit == 0) return {};
    if (summary.cancel) {
        std::string words = in_words(summary.cancel->what);
        if (!words.empty()) return words;
        const auto process = static_cast<std::size_t>(summary.cancel->what.process);
        if (process < summary.stages.size()) return in_words(summary.stages[process]);
    }
    for (const StageSummary& stage : summary.stages) {
        const bool bad = stage.verdict == Verdict::failed || stage.verdict == Verdict::timeout;
        if (bad || !stage.start_error.empty()) return in_words(stage);
    }
    if (!summary.end->message.empty()) return summary.end->message;
    return "the run ended with status " + std::to_string(summary.end->exit);
}

}  // namespace pipectl::compare
