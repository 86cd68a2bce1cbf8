#include "orchestrator/history/past_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "orchestrator/history/difference.hpp"
#include "orchestrator/report/field_writer.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/units.hpp"

namespace pipectl::history {

namespace {

/// A stage is named when it took at least this share of the additional time.
constexpr double kMostOfIt = 0.4;
/// Within this ratio two times are called equal.
constexpr double kEqual = 1.1;

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) {
        return *middle;
    }
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

const PastStage* stage_of(const PastRun& run, const std::string& name) {
    const auto found = std::ranges::find(run.stages, name, &PastStage::name);
    return found == run.stages.end() ? nullptr : &*found;
}

/// Times of the stage in those earlier runs that have it.
std::vector<double> earlier_times(const PastStage& stage, const std::vector<PastRun>& earlier) {
    std::vector<double> times;
    for (const PastRun& run : earlier) {
        const PastStage* same = stage_of(run, stage.name);
        if (same != nullptr) {
            times.push_back(own_time(*same));
        }
    }
    return times;
}

std::string times_word(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, ratio < 10 ? "%.1f" : "%.0f", ratio);
    return static_cast<const char*>(text);
}

/// Names and commands of the stages.
std::string digest_of_commands(const Summary& summary) {
    Digest digest;
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) continue;
        digest.add(stage.name.c_str(), stage.name.size() + 1);
        for (const std::string& word : stage.argv) {
            digest.add(word.c_str(), word.size() + 1);
        }
        digest.add("", 1);
    }
    char text[24];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest.value()));
    return static_cast<const char*>(text);
}

std::string parameters_json(const Summary& summary) {
    std::vector<RunParameter> sorted = summary.params;
    std::ranges::sort(sorted, {}, &RunParameter::name);
    JsonWriter json;
    FieldWriter(json).write(sorted);
    return json.take();
}

}  // namespace

PastRun past_run(const std::string& definition, const Summary& summary) {
    PastRun run;
    run.run = summary.run;
    run.definition = definition;
    run.pipeline = summary.pipeline;
    run.source = summary.source;
    run.started_at = summary.started_at;
    run.wall_s = summary.wall_s;
    run.commands = digest_of_commands(summary);
    run.params = parameters_json(summary);
    run.input_bytes = input_bytes(summary);
    if (summary.end) {
        run.verdict = verdict_name(summary.end->verdict);
        run.exit = summary.end->exit;
        run.signal = summary.end->signal;
    }
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) continue;
        PastStage past;
        past.name = stage.name;
        past.verdict = stage.verdict ? verdict_name(*stage.verdict) : "";
        past.wall_s = stage.start_s && stage.end_s ? *stage.end_s - *stage.start_s : 0;
        past.cpu_s = stage.use.user_s + stage.use.system_s;
        if (stage.account) {
            const Account& account = *stage.account;
            past.bytes_in = account.bytes_in;
            if (account.out_is != Exactness::at_most) past.bytes_out = account.bytes_out;
            if (account.samples > 0) {
                past.own_s = account.running_s + account.disk_s + account.sleeping_s;
            }
        }
        run.stages.push_back(std::move(past));
    }
    return run;
}

double own_time(const PastStage& stage) {
    return stage.own_s.value_or(stage.cpu_s);
}

std::optional<Comparison> compare(const PastRun& run, const std::vector<PastRun>& earlier) {
    if (earlier.empty()) {
        return std::nullopt;
    }
    std::vector<double> walls;
    for (const PastRun& one : earlier) {
        walls.push_back(one.wall_s);
    }
    Comparison result;
    result.earlier = earlier.size();
    result.median_s = median(walls);
    result.ratio = result.median_s > 0 ? run.wall_s / result.median_s : 1;
    double most = std::max(0.0, run.wall_s - result.median_s) * kMostOfIt;
    for (std::size_t i = 0; i < run.stages.size(); ++i) {
        const PastStage& stage = run.stages[i];
        const std::vector<double> times = earlier_times(stage, earlier);
        result.stage_medians.push_back(times.empty() ? std::nullopt : std::optional(median(times)));
        if (times.empty()) continue;
        const double grown = own_time(stage) - *result.stage_medians.back();
        if (result.ratio > kEqual && grown > most) {
            most = grown;
            result.culprit = i;
        }
    }
    return result;
}

std::string sentence(const PastRun& run, const Comparison& comparison) {
    const std::string earlier =
        comparison.earlier == 1
            ? "the earlier run"
            : "the median of " + std::to_string(comparison.earlier) + " earlier runs";
    const std::string median = earlier + " (" + format_duration(comparison.median_s) + ")";
    if (comparison.ratio >= kEqual) {
        std::string text = times_word(comparison.ratio) + " times slower than " + median;
        if (comparison.culprit) {
            const PastStage& stage = run.stages[*comparison.culprit];
            text += ", and '" + one_line(stage.name) +
                    "' is why: " + format_duration(own_time(stage)) + " of " +
                    (stage.own_s ? "its own time" : "processor time") + ", usually " +
                    format_duration(*comparison.stage_medians[*comparison.culprit]);
        } else {
            text += "; no single stage is why";
        }
        return text;
    }
    if (comparison.ratio > 0 && 1 / comparison.ratio >= kEqual) {
        return times_word(1 / comparison.ratio) + " times faster than " + median;
    }
    return "as fast as " + median;
}

}  // namespace pipectl::history
