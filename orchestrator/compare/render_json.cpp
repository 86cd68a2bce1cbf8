// A comparison as JSON.

#include <cstddef>

#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/render.hpp"
#include "stages/base/json.hpp"

namespace pipectl::compare {

namespace {

constexpr int kSchema = 1;

void add_text(JsonWriter& json, const char* name, const std::string& text) {
    if (text.empty()) {
        json.key(name).null();
    } else {
        json.member(name, text);
    }
}

template <class Value>
void add_optional(JsonWriter& json, const char* name, const std::optional<Value>& value) {
    if (value) {
        json.member(name, *value);
    } else {
        json.key(name).null();
    }
}

void add_interval(JsonWriter& json, const char* name, const Estimate& estimate) {
    json.key(name).begin_array().value(estimate.low).value(estimate.high).end_array();
}

template <class Value>
void add_runs(JsonWriter& json, const char* name, const Row& row, Value value) {
    json.key(name).begin_array();
    for (const Run& run : row.runs)
        json.value(value(run));
    json.end_array();
}

void add_figures(JsonWriter& json, const Row& row, const Row& baseline) {
    json.member("median_s", row.median.value);
    add_interval(json, "ci95_s", row.median);
    add_runs(json, "runs_s", row, [](const Run& run) { return run.wall_s; });
    json.member("cpu_s", row.cpu_s)
        .member("context_switches", row.switches)
        .member("max_rss_bytes", row.rss_bytes);
    json.member("system_s", row.system_s)
        .member("helpers_cpu_s", row.helpers_cpu_s)
        .member("helpers", row.helpers)
        .member("busiest_s", row.busiest_s)
        .member("edge_bytes", row.bytes);
    add_optional(json, "first_byte_s", row.first_byte_s);
    json.member("ratio", row.ratio.value);
    add_interval(json, "ratio_ci95", row.ratio);
    json.member("p_value", row.p_value)
        .member("differs", row.differs)
        .member("leads", row.leads)
        .member("outliers", row.outliers);
    add_text(json, "limit", limit_of(row, baseline));
}

void add_nothing(JsonWriter& json) {
    for (const char* name : {"median_s", "ci95_s"})
        json.key(name).null();
    json.key("runs_s").begin_array().end_array();
    for (const char* name :
         {"cpu_s", "context_switches", "max_rss_bytes", "system_s", "helpers_cpu_s", "helpers",
          "busiest_s", "edge_bytes", "first_byte_s", "ratio", "ratio_ci95", "p_value", "differs",
          "leads", "outliers", "limit"}) {
        json.key(name).null();
    }
}

void add_row(JsonWriter& json, const Row& row, const Row& baseline) {
    json.begin_object().member("channel", row.channel);
    add_text(json, "size", row.size);
    add_text(json, "failed", row.failed);
    if (measured(row)) {
        add_figures(json, row, baseline);
    } else {
        add_nothing(json);
    }
    add_text(json, "digest", row.digest);
    add_optional(json, "same_bytes", row.same_bytes);
    json.end_object();
}

/// "best" and "best_size": null when nothing was measured.
void add_candidate(JsonWriter& json, const std::string& name, const Table& table, int index) {
    const bool none = index < 0;
    const Row row = none ? Row{} : table.rows[static_cast<std::size_t>(index)];
    add_text(json, name.c_str(), row.channel);
    add_text(json, (name + "_size").c_str(), row.size);
}

void add_table(JsonWriter& json, const Table& table) {
    add_text(json, "stage", table.stage);
    add_candidate(json, "best", table, table.best);
    json.member("significant", table.significant);
    add_candidate(json, "choice", table, table.choice);
    json.member("worth_changing", table.worth_changing());
    add_text(json, "common_limit", common_limit(table));
    add_candidate(json, "baseline", table, table.rows.empty() ? -1 : table.baseline);
    json.key("rows").begin_array();
    for (const Row& row : table.rows)
        add_row(json, row, table.rows[static_cast<std::size_t>(table.baseline)]);
    json.end_array();
}

}  // namespace

std::string render_json(const Comparison& comparison) {
    JsonWriter json(3);
    json.begin_object()
        .member("schema", kSchema)
        .member("pipeline", comparison.pipeline)
        .member("source", comparison.source)
        .member("started_at", comparison.started_at)
        .member("answer", comparison.answer);
    add_optional(json, "same_bytes", comparison.same_bytes);
    json.member("runs", comparison.rounds)
        .member("warmup", comparison.warmup)
        .member("interrupted", comparison.interrupted);
    add_table(json, comparison.table);
    if (!comparison.matrix.empty()) {
        json.key("matrix").begin_array();
        for (const Table& table : comparison.matrix) {
            json.begin_object();
            add_table(json, table);
            json.end_object();
        }
        json.end_array();
    }
    json.key("sinks").begin_array();
    for (const Sink& sink : comparison.sinks) {
        json.begin_object()
            .member("name", sink.name)
            .member("bytes", sink.bytes)
            .member("digest", sink.digest)
            .end_object();
    }
    json.end_array().member("warnings", comparison.warnings).member("command", comparison.command);
    add_text(json, "toml", comparison.toml);
    json.end_object();
    return json.take() + "\n";
}

}  // namespace pipectl::compare
