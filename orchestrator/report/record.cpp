#include "orchestrator/report/record.hpp"

#include "orchestrator/report/words.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

constexpr int kLineDepth = 2;  // a line for each stage

template <class Value>
void member_or_null(JsonWriter& json, const char* name, const std::optional<Value>& value) {
    json.key(name);
    if (value) {
        json.value(*value);
    } else {
        json.null();
    }
}

void nulls(JsonWriter& json, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        json.key(name).null();
    }
}

void add_signal(JsonWriter& json, int signal) {
    json.key("signal");
    if (signal != 0) {
        json.value(signal_name(signal));
    } else {
        json.null();
    }
}

void add_account(JsonWriter& json, const std::optional<Account>& account) {
    if (!account) {
        nulls(json, {"bytes_in", "bytes_in_are", "bytes_out", "bytes_out_are"});
    } else {
        member_or_null(json, "bytes_in", account->bytes_in);
        json.member("bytes_in_are", exactness_name(account->in_is));
        member_or_null(json, "bytes_out", account->bytes_out);
        json.member("bytes_out_are", exactness_name(account->out_is));
    }
    json.member("samples", account ? account->samples : 0);
    if (!account || account->samples == 0) {
        nulls(json, {"running_s", "blocked_in_s", "blocked_out_s", "disk_s", "sleeping_s"});
    } else {
        json.member("running_s", account->running_s).member("blocked_in_s", account->input_s);
        json.member("blocked_out_s", account->output_s).member("disk_s", account->disk_s);
        json.member("sleeping_s", account->sleeping_s);
    }
    member_or_null(json, "first_byte_s", account ? account->first_byte_s : std::nullopt);
}

void add_edge(JsonWriter& json, const EdgeSummary& edge) {
    json.begin_object();
    json.member("from", edge.from).member("to", edge.to).member("via", edge.via);
    if (!edge.account) {
        nulls(json, {"bytes", "bytes_are", "empty", "full", "room"});
    } else {
        member_or_null(json, "bytes", edge.account->bytes);
        json.member("bytes_are", exactness_name(edge.account->bytes_are));
        json.member("samples", edge.account->samples);
        json.member("empty", edge.account->empty).member("full", edge.account->full);
        json.member("room", edge.account->room);
    }
    json.end_object();
}

void add_bottleneck(JsonWriter& json, const Summary& summary) {
    json.key("bottleneck");
    if (!summary.bottleneck) {
        json.null();
        return;
    }
    const Bottleneck& found = *summary.bottleneck;
    json.begin_object();
    json.member("stage", summary.stages[static_cast<std::size_t>(found.stage)].name);
    json.member("reason", found.reason);
    json.member("suggestion", found.suggestion);
    json.end_object();
}

/// One array a series, all as long as `t`: a fraction of the size of an array of objects.
template <class Number>
void add_series(JsonWriter& json, const char* name, const Summary& summary, Number number) {
    json.key(name).begin_array();
    for (const Moment& moment : summary.moments) {
        json.value(number(moment.seen));
    }
    json.end_array();
}

/// `activity` has a letter for each moment, a large one where the end of data is held back.
void add_timeline(JsonWriter& json, const Summary& summary) {
    json.key("timeline").begin_object();
    json.key("t").begin_array();
    for (const Moment& moment : summary.moments) {
        json.value(moment.at_s);
    }
    json.end_array();
    json.key("stages").begin_array();
    for (std::size_t index = 0; index < summary.stages.size(); ++index) {
        const auto at = [index](const Sampled& seen) {
            return index < seen.processes.size() ? seen.processes[index] : Sampled::Process();
        };
        std::string letters;
        for (const Moment& moment : summary.moments) {
            const Sampled::Process process = at(moment.seen);
            letters += activity_letter(process.activity, process.holds_end_back);
        }
        json.begin_object();
        json.member("name", summary.stages[index].name).member("activity", letters);
        add_series(json, "bytes_in", summary, [&](const auto& seen) { return at(seen).bytes_in; });
        add_series(json, "bytes_out", summary,
                   [&](const auto& seen) { return at(seen).bytes_out; });
        add_series(json, "cpu_s", summary, [&](const auto& seen) { return at(seen).cpu_s; });
        add_series(json, "rss_bytes", summary,
                   [&](const auto& seen) { return at(seen).rss_bytes; });
        json.end_object();
    }
    json.end_array();
    json.key("edges").begin_array();
    for (std::size_t index = 0; index < summary.edges.size(); ++index) {
        json.begin_object();
        add_series(json, "filled", summary, [index](const Sampled& seen) {
            return index < seen.filled.size() ? seen.filled[index] : std::int64_t{-1};
        });
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void add_lines(JsonWriter& json, const char* name, std::string_view text) {
    json.key(name).begin_array();
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find('\n');
        json.value(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    json.end_array();
}

void add_stage(JsonWriter& json, const StageSummary& stage) {
    json.begin_object();
    json.member("name", stage.name);
    json.member("argv", stage.argv);
    member_or_null(json, "pid", stage.pid);
    json.key("verdict");
    if (stage.verdict) {
        json.value(verdict_name(*stage.verdict));
    } else {
        json.null();
    }
    const bool exited = stage.status && stage.status->signal == 0;
    member_or_null(json, "exit", exited ? std::optional(stage.status->code) : std::nullopt);
    add_signal(json, stage.status ? stage.status->signal : 0);
    member_or_null(json, "start_s", stage.start_s);
    member_or_null(json, "end_s", stage.end_s);
    if (stage.end_s) {
        json.member("user_s", stage.use.user_s);
        json.member("sys_s", stage.use.system_s);
        json.member("max_rss_bytes", stage.use.max_rss_bytes);
        json.member("voluntary_switches", stage.use.voluntary_switches);
        json.member("involuntary_switches", stage.use.involuntary_switches);
    } else {
        nulls(json,
              {"user_s", "sys_s", "max_rss_bytes", "voluntary_switches", "involuntary_switches"});
    }
    add_account(json, stage.account);
    json.key("signals_sent").begin_array();
    for (const auto& sent : stage.signals) {
        json.begin_object();
        json.member("signal", signal_name(sent.signal)).member("at_s", sent.at_s);
        json.end_object();
    }
    json.end_array();
    if (!stage.start_error.empty()) {
        json.member("start_error", stage.start_error);
    }
    if (!stage.stderr_tail.empty()) {
        add_lines(json, "stderr_tail", stage.stderr_tail);
    }
    if (stage.line > 0) {
        json.member("line", stage.line);
    }
    json.end_object();
}

void add_stages(JsonWriter& json, const char* name, const Summary& summary, bool helpers) {
    json.key(name).begin_array();
    for (const auto& stage : summary.stages) {
        if (stage.helper == helpers) {
            add_stage(json, stage);
        }
    }
    json.end_array();
}

void add_cancel(JsonWriter& json, const Summary& summary) {
    json.key("cancel");
    if (!summary.cancel) {
        json.null();
        return;
    }
    const auto& what = summary.cancel->what;
    json.begin_object();
    json.member("why", cancel_word(what.why));
    json.key("stage");
    if (what.process >= 0 && static_cast<std::size_t>(what.process) < summary.stages.size()) {
        json.value(summary.stages[static_cast<std::size_t>(what.process)].name);
    } else {
        json.null();
    }
    add_signal(json, what.signal);
    json.member("message", what.message).member("at_s", summary.cancel->at_s);
    json.end_object();
}

}  // namespace

std::string render_record_json(const Summary& summary) {
    JsonWriter json(kLineDepth);
    json.begin_object();
    json.member("schema", kRecordSchema);
    json.member("run", summary.run);
    json.member("pipeline", summary.pipeline);
    json.member("source", summary.source);
    json.member("started_at", summary.started_at);
    json.member("cleanup", summary.cleanup);
    if (summary.end) {
        json.member("verdict", verdict_name(summary.end->verdict));
        json.member("exit", summary.end->exit);
        add_signal(json, summary.end->signal);
        json.member("message", summary.end->message);
    } else {
        nulls(json, {"verdict", "exit", "signal", "message"});
    }
    json.member("wall_s", summary.wall_s);
    if (summary.stopped_s) {
        json.member("stopped_s", *summary.stopped_s);
    }
    json.key("params").begin_object();
    for (const RunParameter& parameter : summary.params) {
        json.member(parameter.name, parameter.value);
    }
    json.end_object();
    add_cancel(json, summary);
    add_stages(json, "stages", summary, false);
    add_stages(json, "helpers", summary, true);
    json.key("edges").begin_array();
    for (const auto& edge : summary.edges) {
        add_edge(json, edge);
    }
    json.end_array();
    json.key("outputs").begin_array();
    for (const auto& output : summary.outputs) {
        json.begin_object();
        json.member("path", output.path).member("replaced", output.replaced);
        json.member("error", output.error);
        json.end_object();
    }
    json.end_array();
    json.key("leftovers").begin_array();
    for (const auto& leftover : summary.leftovers) {
        json.begin_object();
        json.member("pid", leftover.pid).member("command", leftover.command);
        json.member("stage", leftover.stage).member("kept", leftover.kept);
        json.end_object();
    }
    json.end_array();
    add_bottleneck(json, summary);
    if (!summary.moments.empty()) {
        add_timeline(json, summary);
    }
    json.end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
