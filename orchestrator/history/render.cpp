#include "orchestrator/history/render.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/text_table.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/units.hpp"

namespace pipectl::history {

namespace {

/// "2026-11-21 15:51:03", local time; what is no time stays.
std::string local_time(const std::string& utc) {
    std::tm time{};
    if (::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &time) == nullptr) return one_line(utc);
    const std::time_t seconds = ::timegm(&time);
    char text[40];
    return ::localtime_r(&seconds, &time) != nullptr &&
                   std::strftime(text, sizeof text, "%F %T", &time) > 0
               ? std::string(static_cast<const char*>(text))
               : one_line(utc);
}

std::string status_of(const PastRun& run) {
    return run.signal != 0 ? signal_name(run.signal) : std::to_string(run.exit);
}

std::string verdict_of(const PastRun& run) {
    return run.verdict.empty() ? "not recorded" : one_line(run.verdict);
}

std::string ratio_text(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "x %.2f", ratio);
    return static_cast<const char*>(text);
}

std::string short_id(const std::string& run) {
    return one_line(run.substr(0, kShortId));
}

/// What a stage took by itself, as far as both could tell.
struct Pair {
    const PastStage* left = nullptr;
    const PastStage* right = nullptr;

    [[nodiscard]] bool both() const { return left != nullptr && right != nullptr; }
    [[nodiscard]] double grown() const { return both() ? own_time(*right) - own_time(*left) : 0; }
};

std::vector<Pair> pair_up(const PastRun& left, const PastRun& right) {
    std::vector<Pair> pairs;
    for (const PastStage& stage : left.stages) {
        const auto same = std::ranges::find(right.stages, stage.name, &PastStage::name);
        pairs.push_back({&stage, same == right.stages.end() ? nullptr : &*same});
    }
    for (const PastStage& stage : right.stages) {
        if (std::ranges::find(left.stages, stage.name, &PastStage::name) == left.stages.end()) {
            pairs.push_back({nullptr, &stage});
        }
    }
    return pairs;
}

std::string change_text(double from, double to) {
    if (from <= 0 || to <= 0) return "-";
    const double ratio = to / from;
    return ratio > 0.99 && ratio < 1.01 ? "=" : ratio_text(ratio);
}

std::string bytes_text(const PastStage* stage) {
    return stage != nullptr && stage->bytes_out ? format_seen(static_cast<long>(*stage->bytes_out))
                                                : "-";
}

std::string diff_sentence(const PastRun& left, const PastRun& right,
                          const std::vector<Pair>& pairs) {
    const double longer = right.wall_s - left.wall_s;
    if (std::abs(longer) < 0.05 * std::max(left.wall_s, right.wall_s)) {
        return "Both took the same time, within 5 %.";
    }
    const auto most = std::ranges::max_element(
        pairs, {}, [&](const Pair& pair) { return longer > 0 ? pair.grown() : -pair.grown(); });
    std::string text =
        "The second took " + format_duration(std::abs(longer)) + (longer > 0 ? " longer" : " less");
    const double share = most == pairs.end() ? 0 : most->grown() / longer;
    if (share >= 0.4 && most->both()) {
        text += "; '" + one_line(most->left->name) + "' took " +
                format_duration(std::abs(most->grown())) + (longer > 0 ? " more" : " less") +
                " by itself";
    } else {
        text += "; no single stage is why";
    }
    return text + ".";
}

}  // namespace

std::string render_list(const std::vector<ListedPast>& runs, bool colour) {
    TextTable table({"RUN", "WHEN", "PIPELINE", "VERDICT", "STATUS", ">WALL", ">VS MEDIAN"});
    for (const ListedPast& listed : runs) {
        const PastRun& run = listed.run;
        table.add({short_id(run.run), local_time(run.started_at), one_line(run.pipeline),
                   verdict_of(run), status_of(run), format_duration(run.wall_s),
                   listed.comparison ? ratio_text(listed.comparison->ratio) : "-"});
    }
    return table.render(colour);
}

std::string render_list_json(const std::vector<ListedPast>& runs) {
    JsonWriter json(1);
    json.begin_array();
    for (const ListedPast& listed : runs) {
        const PastRun& run = listed.run;
        json.begin_object().member("run", run.run).member("pipeline", run.pipeline);
        json.member("source", run.source).member("definition", run.definition);
        json.member("started_at", run.started_at).key("verdict");
        run.verdict.empty() ? json.null() : json.value(run.verdict);
        json.member("exit", run.exit).key("signal");
        run.signal != 0 ? json.value(signal_name(run.signal)) : json.null();
        json.member("wall_s", run.wall_s);
        json.key("median_s");
        listed.comparison ? json.value(listed.comparison->median_s) : json.null();
        json.key("ratio");
        listed.comparison ? json.value(listed.comparison->ratio) : json.null();
        json.member("earlier_runs", listed.comparison ? listed.comparison->earlier : 0);
        json.end_object();
    }
    json.end_array();
    return json.take() + "\n";
}

std::string render_heading(const PastRun& run) {
    return "run " + one_line(run.run) + " of '" + one_line(run.pipeline) + "' (" +
           one_line(run.source) + "), " + local_time(run.started_at) + "\n";
}

std::string render_comparison(const PastRun& run, const Comparison& comparison, bool colour) {
    std::string text = "It was " + sentence(run, comparison) + ".\n";
    TextTable table({"stage", ">by itself", ">median", ">change"});
    for (std::size_t i = 0; i < run.stages.size(); ++i) {
        const PastStage& stage = run.stages[i];
        const double own = own_time(stage);
        const auto& median = comparison.stage_medians[i];
        table.add({one_line(stage.name), format_duration(own),
                   median ? format_duration(*median) : "-",
                   median ? change_text(*median, own) : "new"});
    }
    return text + table.render(colour);
}

std::string render_diff(const PastRun& left, const PastRun& right,
                        const std::vector<Difference>& differences, bool colour) {
    const std::vector<Pair> pairs = pair_up(left, right);
    std::string text = "1: " + render_heading(left) + "2: " + render_heading(right) +
                       render_differences(differences) + "\n";
    TextTable table({"stage", "verdict 1", "verdict 2", ">wall 1", ">wall 2", ">itself 1",
                     ">itself 2", ">change", ">out 1", ">out 2"});
    for (const Pair& pair : pairs) {
        const auto cell = [&](const PastStage* stage, auto value) {
            return stage != nullptr ? value(*stage) : std::string("-");
        };
        const auto verdict = [](const PastStage& stage) { return one_line(stage.verdict); };
        const auto wall = [](const PastStage& stage) { return format_duration(stage.wall_s); };
        const auto own = [](const PastStage& stage) { return format_duration(own_time(stage)); };
        table.add({one_line((pair.left != nullptr ? pair.left : pair.right)->name),
                   cell(pair.left, verdict), cell(pair.right, verdict), cell(pair.left, wall),
                   cell(pair.right, wall), cell(pair.left, own), cell(pair.right, own),
                   pair.both() ? change_text(own_time(*pair.left), own_time(*pair.right)) : "-",
                   bytes_text(pair.left), bytes_text(pair.right)});
    }
    table.add({"the run", verdict_of(left), verdict_of(right), format_duration(left.wall_s),
               format_duration(right.wall_s), "", "", change_text(left.wall_s, right.wall_s), "",
               ""});
    return text + table.render(colour) + diff_sentence(left, right, pairs) + "\n";
}

std::string render_diff_json(const PastRun& left, const PastRun& right,
                             const std::vector<Difference>& differences) {
    JsonWriter json(2);
    json.begin_object();
    json.key("runs").begin_array();
    for (const PastRun* run : {&left, &right}) {
        json.begin_object();
        json.member("run", run->run).member("pipeline", run->pipeline);
        json.member("started_at", run->started_at).member("verdict", run->verdict);
        json.member("wall_s", run->wall_s).end_object();
    }
    json.end_array().key("differences").begin_array();
    for (const Difference& one : differences) {
        json.begin_object().member("what", one.what).member("name", one.name);
        json.member("left", one.left).member("right", one.right).end_object();
    }
    json.end_array().key("stages").begin_array();
    for (const Pair& pair : pair_up(left, right)) {
        json.begin_object();
        json.member("name", (pair.left != nullptr ? pair.left : pair.right)->name);
        for (const auto& [side, stage] : {std::pair("left", pair.left), {"right", pair.right}}) {
            json.key(side);
            if (stage == nullptr) {
                json.null();
                continue;
            }
            json.begin_object().member("verdict", stage->verdict).member("wall_s", stage->wall_s);
            json.member("own_s", own_time(*stage)).key("bytes_out");
            stage->bytes_out ? json.value(*stage->bytes_out) : json.null();
            json.end_object();
        }
        json.end_object();
    }
    json.end_array().end_object();
    return json.take() + "\n";
}

}  // namespace pipectl::history
