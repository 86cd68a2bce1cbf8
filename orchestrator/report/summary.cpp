#include "orchestrator/report/summary.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/report/bottleneck.hpp"

namespace pipectl {
namespace {

/// Of one process after the other.
ResourceUse together(ResourceUse use, const ResourceUse& more) {
    use.user_s += more.user_s;
    use.system_s += more.system_s;
    use.max_rss_bytes = std::max(use.max_rss_bytes, more.max_rss_bytes);
    use.voluntary_switches += more.voluntary_switches;
    use.involuntary_switches += more.involuntary_switches;
    return use;
}

/// Takes one event after the other; one function for each kind of event.
class Collector {
  public:
    void take(const Event& event) {
        time_ = event.time_s;
        summary_.wall_s = std::max(summary_.wall_s, time_);
        std::visit([this](const auto& what) { add(what); }, event.what);
    }

    Summary finish() {
        summary_.bottleneck = find_bottleneck(summary_);
        return std::move(summary_);
    }

  private:
    void add(const RunStarted& start) {
        summary_.run = start.run;
        summary_.pipeline = start.pipeline;
        summary_.source = start.source;
        summary_.started_at = start.started_at;
        summary_.params = start.params;
        summary_.hosts = start.hosts;
        for (const auto& edge : start.edges) {
            summary_.edges.push_back({edge.from, edge.to, edge.via, std::nullopt});
        }
        for (const auto& process : start.processes) {
            StageSummary stage;
            stage.name = process.name;
            stage.helper = process.helper;
            stage.argv = process.argv;
            stage.line = process.line;
            stage.cached = process.cached;
            stage.host = process.host;
            summary_.stages.push_back(std::move(stage));
        }
    }

    void add(const ProcessWaits& waits) {
        if (auto* stage = find(waits.process)) {
            stage->pid = waits.pid;
            stage->waited_for = waits.what;
            stage->waits_from_s = time_;
        }
    }

    void add(const ProcessStarted& start) {
        if (auto* stage = find(start.process)) {
            stage->pid = start.pid;
            if (!stage->start_s) stage->start_s = time_;
            stage->end_s.reset();
            stage->status.reset();
            stage->rests = false;
        }
    }

    void add(const StartFailed& failure) {
        if (auto* stage = find(failure.process)) {
            stage->start_error = failure.reason;
        }
    }

    void add(const ProcessEnded& end) {
        if (auto* stage = find(end.process)) {
            stage->status = end.status;
            stage->use = stage->restarts > 0 ? together(stage->use, end.use) : end.use;
            stage->limit = end.limit;
            stage->end_s = time_;
        }
    }

    void add(const RestartPlanned& planned) {
        if (auto* stage = find(planned.process)) {
            stage->restarts = planned.restarts;
            stage->rests = true;
        }
    }

    void add(const ProcessJudged& judged) {
        if (auto* stage = find(judged.process)) {
            stage->rests = false;
            stage->verdict = judged.verdict;
        }
    }

    void add(const CancelBegan& cancel) {
        if (summary_.cancel && cancel.why != CancelBegan::Why::internal) {
            return;  // the first reason is the reason, unless it came of a host that was lost
        }
        summary_.cancel = CancelSummary{cancel, time_};
    }

    void add(const AttemptFailed& failed) {
        summary_.attempts.push_back(
            {failed.verdict, failed.exit, failed.process, attempt_began_, time_});
        attempt_began_ = time_ + failed.delay_s;
        summary_.cancel.reset();
        for (StageSummary& stage : summary_.stages) {
            StageSummary fresh;
            fresh.name = std::move(stage.name);
            fresh.helper = stage.helper;
            fresh.argv = std::move(stage.argv);
            fresh.line = stage.line;
            stage = std::move(fresh);
        }
        for (EdgeSummary& edge : summary_.edges)
            edge.account.reset();
    }

    void add(const EndHeldBack& /*held*/) {}  // of use while it lasts

    void add(const SignalSent& sent) {
        if (auto* stage = find(sent.process)) {
            stage->signals.push_back({sent.signal, time_});
        }
    }

    void add(const LeftoverFound& leftover) { summary_.leftovers.push_back(leftover); }

    void add(const StderrTail& tail) {
        if (auto* stage = find(tail.process)) {
            stage->stderr_tail = tail.text;
            stage->stderr_shown = tail.shown;
        }
    }

    void add(const OutputDecided& output) { summary_.outputs.push_back(output); }

    void add(const ProcessAccounted& accounted) {
        if (auto* stage = find(accounted.process)) {
            stage->account = accounted.account;
            if (!accounted.replicas.empty()) stage->replicas = accounted.replicas;
        }
    }

    void add(const EdgeAccounted& accounted) {
        const std::size_t index = accounted.edge;
        if (accounted.edge >= 0 && index < summary_.edges.size()) {
            summary_.edges[index].account = accounted;
        }
    }

    void add(const Sampled& sampled) {
        summary_.moments.push_back({time_, sampled});
        for (std::size_t i = 0; i < sampled.processes.size(); ++i) {
            auto& replicas = summary_.moments.back().seen.processes[i].replicas;
            auto* stage = find(static_cast<int>(i));
            if (replicas.empty() || stage == nullptr) continue;
            // whoever kept the moments may tell of them at the end
            if (!stage->account) stage->replicas = std::move(replicas);
            replicas.clear();  // of use now alone
        }
    }

    void add(const CacheUsed& used) { summary_.cache.push_back(used); }

    void add(const RunEnded& end) {
        summary_.end = end;
        summary_.cleanup = end.cleanup;
        if (!summary_.attempts.empty()) {
            const int whose = summary_.cancel ? summary_.cancel->what.process : -1;
            summary_.attempts.push_back({end.verdict, end.exit, whose, attempt_began_, time_});
        }
    }

    StageSummary* find(int process) {
        const std::size_t index = process;
        return process >= 0 && index < summary_.stages.size() ? &summary_.stages[index] : nullptr;
    }

    Summary summary_;
    double time_ = 0;
    double attempt_began_ = 0;
};

}  // namespace

std::string program_of(const StageSummary& stage) {
    const std::string program = stage.argv.empty() ? "" : stage.argv.front();
    return program.substr(program.rfind('/') + 1);
}

Summary summarize(const std::vector<Event>& events) {
    Collector collector;
    for (const auto& event : events) {
        collector.take(event);
    }
    return collector.finish();
}

}  // namespace pipectl
