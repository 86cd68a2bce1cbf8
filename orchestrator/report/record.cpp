#include "orchestrator/report/record.hpp"

#include "orchestrator/report/words.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

constexpr int kSchema = 1;
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
    nulls(json, {"bytes_in", "bytes_out", "blocked_in_s", "blocked_out_s"});
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
        json.member("stderr_tail", stage.stderr_tail);
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
    json.member("schema", kSchema);
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
    add_cancel(json, summary);
    add_stages(json, "stages", summary, false);
    add_stages(json, "helpers", summary, true);
    json.key("edges").begin_array();
    for (const auto& edge : summary.edges) {
        json.begin_object();
        json.member("from", edge.from).member("to", edge.to).member("via", edge.via);
        json.key("bytes").null();
        json.end_object();
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
    nulls(json, {"bottleneck"});
    json.end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
