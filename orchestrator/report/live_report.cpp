#include "orchestrator/report/live_report.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "orchestrator/report/items_table.hpp"
#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/text_table.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/json.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

/// Columns of `top` that go first where there is little room; their rates say more.
constexpr std::size_t kProcessor = 2, kMemory = 3, kIn = 4, kOut = 5;

constexpr std::size_t kLeastOfName = 12;

struct Count {
    std::size_t running = 0;
    std::size_t all = 0;
};

Count count_stages(const Summary& summary) {
    Count count;
    for (const StageSummary& stage : summary.stages) {
        if (!stage.helper) {
            ++count.all;
            count.running += stage.running() ? 1 : 0;
        }
    }
    return count;
}

/// What was seen of a process at the last two looks.
struct Seen {
    const Sampled::Process* now = nullptr;
    const Sampled::Process* before = nullptr;
    double between_s = 0;
};

Seen last_seen(const Summary& summary, std::size_t stage) {
    Seen seen;
    const auto& moments = summary.moments;
    const std::size_t count = moments.size();
    if (count > 0 && stage < moments[count - 1].seen.processes.size()) {
        seen.now = &moments[count - 1].seen.processes[stage];
    }
    if (count > 1 && stage < moments[count - 2].seen.processes.size()) {
        seen.before = &moments[count - 2].seen.processes[stage];
        seen.between_s = moments[count - 1].at_s - moments[count - 2].at_s;
    }
    return seen;
}

std::string state_of(const StageSummary& stage, const Seen& seen) {
    if (stage.waits()) {
        return "waits for " + one_line(stage.waited_for);
    }
    if (stage.rests) {
        return filled("rests before restart {}", stage.restarts);
    }
    if (!stage.running()) {
        return stage.verdict ? verdict_name(*stage.verdict) : stage.end_s ? "ended" : "waiting";
    }
    if (seen.now != nullptr && seen.now->holds_end_back) {
        return "holds its end";
    }
    switch (seen.now != nullptr ? seen.now->activity : Activity::absent) {
        case Activity::absent: return "running";
        case Activity::running: return "busy";
        case Activity::input: return "waits for input";
        case Activity::output: return "waits for room";
        case Activity::disk: return "waits for disk";
        case Activity::sleeping: return "sleeps";
        case Activity::stopped: return "stopped";
    }
    return "running";
}

/// What a stage that is stopped moved before is no news.
bool stands_still(const Seen& seen) {
    return seen.now != nullptr && seen.now->activity == Activity::stopped;
}

/// Bytes a second between the last two looks; nothing when that cannot be told.
std::optional<double> rate_of(const Seen& seen, std::int64_t Sampled::Process::*bytes) {
    if (stands_still(seen)) return 0;
    if (seen.before == nullptr || seen.between_s <= 0 || seen.now->*bytes < 0 ||
        seen.before->*bytes < 0) {
        return std::nullopt;
    }
    const auto moved = static_cast<double>(seen.now->*bytes - seen.before->*bytes);
    return std::max(0.0, moved / seen.between_s);
}

std::string rate(const Seen& seen, std::int64_t Sampled::Process::*bytes) {
    if (stands_still(seen)) return format_memory(0) + "/s";
    const auto known = rate_of(seen, bytes);
    return known ? format_seen(static_cast<long>(*known)) + "/s" : "-";
}

/// Of one processor.
std::optional<double> share_of(const Seen& seen) {
    if (stands_still(seen)) return 0;
    if (seen.before == nullptr || seen.between_s <= 0) return std::nullopt;
    return std::max(0.0, (seen.now->cpu_s - seen.before->cpu_s) / seen.between_s);
}

std::string processor_share(const Seen& seen) {
    const auto share = share_of(seen);
    return share ? std::to_string(static_cast<int>(*share * 100 + 0.5)) + " %" : "-";
}

/// So far; nothing when it is not known.
std::optional<std::int64_t> total_of(const Seen& seen, std::int64_t Sampled::Process::*bytes) {
    return seen.now == nullptr || seen.now->*bytes < 0 ? std::nullopt
                                                       : std::optional(seen.now->*bytes);
}

std::string total(const Seen& seen, std::int64_t Sampled::Process::*bytes) {
    const auto known = total_of(seen, bytes);
    return known ? format_seen(static_cast<long>(*known)) : "-";
}

/// Of a [for-each] its items, of any other run its stages that run.
std::string parts_of(const Summary& summary, const char* of, const char* stages) {
    if (!summary.items.empty()) return items_so_far(count_items(summary));
    const Count count = count_stages(summary);
    return filled("{}{}{}{}", count.running, of, count.all, stages);
}

/// A long name leaves room for what the run is doing.
std::string heading(const LiveView& view, std::size_t columns, const Colours& colours) {
    const Summary& summary = *view.known;
    const double since = live_state(view) == "stopped" ? *summary.stopped_s : 0;
    const std::string state =
        filled("  {} for {}, {}", live_state(view), format_duration(summary.wall_s - since),
               parts_of(summary, " of ", " stages"));
    const std::size_t taken = view.short_id.size() + 2 + width_of(state);
    const std::size_t room = std::max(kLeastOfName, columns - std::min(columns, taken));
    const std::string name = cut_to_width(
        view.short_id + "  " + cut_to_width(one_line(summary.pipeline), room), columns);
    return colours.bold(name) + cut_to_width(state, columns - width_of(name));
}

std::size_t count_lines(const std::string& text) {
    return std::ranges::count(text, '\n');
}

/// The first lines, and how many are missing.
std::string first_lines(const std::string& text, std::size_t lines) {
    const std::size_t all = count_lines(text);
    if (all <= lines) return text;
    const std::size_t kept = lines > 0 ? lines - 1 : 0;
    std::size_t end = 0;
    for (std::size_t i = 0; i < kept; ++i) {
        end = text.find('\n', end) + 1;
    }
    return text.substr(0, end) + filled("({} lines more)\n", all - kept);
}

/// Its output is closed, and its readers are not shown so until it has ended well.
bool holds_end(const Summary& summary, std::size_t stage) {
    const Seen seen = last_seen(summary, stage);
    return seen.now != nullptr && seen.now->holds_end_back;
}

std::string stages_of(const Summary& summary) {
    std::string text = parts_of(summary, "/", "");
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        if (summary.stages[i].waits()) {
            text += filled(", '{}' waits for {}", one_line(summary.stages[i].name),
                           one_line(summary.stages[i].waited_for));
        }
        if (const std::size_t replicas = summary.stages[i].replicas.size();
            replicas > 0 && summary.stages[i].running()) {
            text += filled(", '{}' in {} replicas", one_line(summary.stages[i].name), replicas);
        }
        if (const int restarts = summary.stages[i].restarts; restarts > 0) {
            const std::string name = one_line(summary.stages[i].name);
            text += summary.stages[i].rests
                        ? filled(", '{}' rests before restart {}", name, restarts)
                        : filled(", '{}' restarted {}x", name, restarts);
        }
        if (holds_end(summary, i))
            text += filled(", '{}' holds its end", one_line(summary.stages[i].name));
    }
    return text;
}

template <class Number>
void write_figure(JsonWriter& json, std::string_view name, const std::optional<Number>& figure) {
    json.key(name);
    figure ? json.value(*figure) : json.null();
}

void write_stage(JsonWriter& json, const Summary& summary, std::size_t index) {
    const StageSummary& stage = summary.stages[index];
    const Seen seen = stage.running() ? last_seen(summary, index) : Seen();
    json.begin_object().member("name", stage.name).key("pid");
    stage.pid&& stage.running() ? json.value(*stage.pid) : json.null();
    json.key("verdict");
    stage.verdict ? json.value(verdict_name(*stage.verdict)) : json.null();
    json.member("running", stage.running()).member("holds_end_back", holds_end(summary, index));
    json.member("restarts", stage.restarts).member("state", state_of(stage, seen));
    json.key("waits_for");
    stage.waits() ? json.value(stage.waited_for) : json.null();
    write_figure(json, "cpu_share", share_of(seen));
    write_figure(json, "rss_bytes", total_of(seen, &Sampled::Process::rss_bytes));
    write_figure(json, "bytes_in", total_of(seen, &Sampled::Process::bytes_in));
    write_figure(json, "bytes_out", total_of(seen, &Sampled::Process::bytes_out));
    write_figure(json, "bytes_in_per_s", rate_of(seen, &Sampled::Process::bytes_in));
    write_figure(json, "bytes_out_per_s", rate_of(seen, &Sampled::Process::bytes_out));
    if (!stage.replicas.empty()) json.key("replicas").begin_array();
    for (const ReplicaWork& replica : stage.replicas) {
        json.begin_object().member("blocks", replica.blocks);
        json.member("bytes_in", replica.bytes_in).member("bytes_out", replica.bytes_out);
        json.end_object();
    }
    if (!stage.replicas.empty()) json.end_array();
    json.end_object();
}

}  // namespace

std::string live_state(const LiveView& view) {
    if (!view.known) return view.stray ? "stray" : "unknown";
    if (view.known->cancel) return "cancelling";
    if (const ItemCounts items = count_items(*view.known); items.all > 0) {
        return items.over() == items.all ? "ending" : view.known->stopped_s ? "stopped" : "running";
    }
    const auto& stages = view.known->stages;
    if (!view.known->attempts.empty() &&
        std::ranges::none_of(stages,
                             [](const StageSummary& stage) { return stage.pid.has_value(); })) {
        return filled("before attempt {}", view.known->attempts.size() + 1);
    }
    if (std::ranges::any_of(stages, &StageSummary::rests)) return "running";
    if (count_stages(*view.known).running == 0) return "ending";
    return view.known->stopped_s ? "stopped" : "running";
}

void put_items_below(std::vector<LiveView>& runs) {
    std::map<std::string, std::string> wholes;
    for (const LiveView& run : runs) {
        if (!run.known) continue;
        for (const ItemSummary& item : run.known->items) {
            if (!item.run.empty()) wholes[item.run] = run.run;
        }
    }
    if (wholes.empty()) return;
    for (LiveView& run : runs) {
        const auto whole = wholes.find(run.run);
        if (whole != wholes.end()) run.part_of = whole->second;
    }
    std::vector<LiveView> sorted;
    for (const LiveView& run : runs) {
        if (!run.part_of.empty()) continue;
        sorted.push_back(run);
        std::ranges::copy_if(runs, std::back_inserter(sorted),
                             [&](const LiveView& other) { return other.part_of == run.run; });
    }
    runs = std::move(sorted);
}

std::string render_ps(const std::vector<LiveView>& runs, bool colour) {
    TextTable table({"RUN", "PIPELINE", ">AGE", "STATE", ">STAGES"});
    for (const LiveView& run : runs) {
        if (!run.known) {
            table.add({run.short_id, "-", "-", live_state(run), "-"});
            continue;
        }
        table.add({run.short_id, (run.part_of.empty() ? "" : "  ") + one_line(run.known->pipeline),
                   format_duration(run.known->wall_s), live_state(run), stages_of(*run.known)});
    }
    return table.render(colour);
}

std::string render_live_json(const std::vector<LiveView>& runs) {
    JsonWriter json(1);
    json.begin_array();
    for (const LiveView& run : runs) {
        json.begin_object().member("run", run.run).member("state", live_state(run));
        if (run.known) {
            const Count count = count_stages(*run.known);
            json.member("pipeline", run.known->pipeline).member("source", run.known->source);
            json.member("started_at", run.known->started_at).member("age_s", run.known->wall_s);
            json.member("stages_running", count.running).member("stages_total", count.all);
            if (!run.part_of.empty()) json.member("part_of", run.part_of);
            if (const ItemCounts items = count_items(*run.known); items.all > 0) {
                json.key("items").begin_object().member("total", items.all);
                json.member("ok", items.ok).member("failed", items.failed);
                json.member("cancelled", items.cancelled).member("running", items.running);
                json.end_object();
            }
            json.key("stages").begin_array();
            for (std::size_t i = 0; i < run.known->stages.size(); ++i) {
                if (!run.known->stages[i].helper) write_stage(json, *run.known, i);
            }
            json.end_array();
        }
        json.end_object();
    }
    json.end_array();
    return json.take() + "\n";
}

std::string render_top(const std::vector<LiveView>& runs, const PageSize& page, bool colour) {
    const Colours colours(colour);
    TextTable table({"STAGE", "STATE", ">CPU", ">MEMORY", ">IN", ">OUT", ">IN/s", ">OUT/s"});
    for (const LiveView& run : runs) {
        table.add_line("");
        if (!run.known) {
            const std::string state =
                run.stray
                    ? filled("  goes on without pipectl: 'pipectl stop {}' ends it", run.short_id)
                    : "  does not answer";
            table.add_line(cut_to_width(run.short_id + state, page.columns));
            continue;
        }
        table.add_line(heading(run, page.columns, colours));
        for (std::size_t i = 0; i < run.known->stages.size(); ++i) {
            const StageSummary& stage = run.known->stages[i];
            if (stage.helper) continue;
            const Seen seen = stage.running() ? last_seen(*run.known, i) : Seen();
            table.add(
                {"  " + one_line(stage.name), state_of(stage, seen), processor_share(seen),
                 seen.now != nullptr ? format_memory(static_cast<long>(seen.now->rss_bytes)) : "-",
                 total(seen, &Sampled::Process::bytes_in),
                 total(seen, &Sampled::Process::bytes_out), rate(seen, &Sampled::Process::bytes_in),
                 rate(seen, &Sampled::Process::bytes_out)});
            for (std::size_t k = 0; k < stage.replicas.size(); ++k) {
                const ReplicaWork& replica = stage.replicas[k];
                table.add({"  " + replica_name(k), blocks_of(replica), "-", "-",
                           format_memory(static_cast<long>(replica.bytes_in)),
                           format_memory(static_cast<long>(replica.bytes_out)), "-", "-"});
            }
        }
    }
    for (const std::size_t column : {kMemory, kIn, kOut, kProcessor}) {
        if (table.width() > page.columns) table.hide(column);
    }
    // figures are not cut: half of one looks like another
    const std::size_t width = table.width();
    if (width > page.columns) table.narrow(0, width - page.columns, kLeastOfName);
    return first_lines(table.render(colour, page.columns), page.lines);
}

}  // namespace pipectl
