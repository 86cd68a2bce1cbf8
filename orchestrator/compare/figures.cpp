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
        case CancelBegan::Why::stage_timeout:
        case CancelBegan::Why::idle_timeout: break;
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
    const RunStarted* started = nullptr;
    for (const Event& event : events) {
        if (const auto* const began = std::get_if<RunStarted>(&event.what)) started = began;
        if (const auto* const edge = std::get_if<EdgeAccounted>(&event.what)) {
            run.bytes += edge->bytes.value_or(0);
        }
        const auto* const ended = std::get_if<ProcessEnded>(&event.what);
        if (ended == nullptr) continue;
        const ResourceUse& use = ended->use;
        run.wall_s = std::max(run.wall_s, event.time_s);
        run.cpu_s += use.user_s + use.system_s;
        run.system_s += use.system_s;
        run.switches += use.voluntary_switches + use.involuntary_switches;
        run.rss_bytes += use.max_rss_bytes;
        const std::size_t process = ended->process;
        if (started == nullptr || process >= started->processes.size()) continue;
        if (started->processes[process].helper) {
            ++run.helpers;
            run.helpers_cpu_s += use.user_s + use.system_s;
        } else {
            run.busiest_s = std::max(run.busiest_s, use.user_s);
        }
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
        const std::size_t process = summary.cancel->what.process;
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
