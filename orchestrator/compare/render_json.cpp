// A comparison as JSON: its members, described as those of a record are.

#include <cstddef>

#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/report/field_writer.hpp"

namespace pipectl::compare {

namespace {

constexpr int kSchema = 1;

struct TableRow {
    const Row& row;
    const Row& baseline;
};

/// Null when it is empty.
std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::vector<double> bounds_of(const Estimate& estimate) {
    return {estimate.low, estimate.high};
}

std::vector<double> wall_times(const Row& row) {
    std::vector<double> times;
    if (measured(row)) {
        for (const Run& run : row.runs)
            times.push_back(run.wall_s);
    }
    return times;
}

void fields(FieldWriter& each, const TableRow& of) {
    const Row& row = of.row;
    each("channel", row.channel);
    each("size", text_or_null(row.size))("failed", text_or_null(row.failed));
    each.null_unless(measured(row), [&] {
        each("median_s", row.median.value)("ci95_s", bounds_of(row.median));
        each.left_out_if(false, "runs_s", wall_times(row));
        each("cpu_s", row.cpu_s)("context_switches", row.switches);
        each("max_rss_bytes", row.rss_bytes)("system_s", row.system_s);
        each("helpers_cpu_s", row.helpers_cpu_s)("helpers", row.helpers);
        each("busiest_s", row.busiest_s)("edge_bytes", row.bytes);
        each("first_byte_s", row.first_byte_s);
        each.left_out_if(!row.round_trip_s, "round_trip_s", row.round_trip_s);
        each("ratio", row.ratio.value)("ratio_ci95", bounds_of(row.ratio));
        each("p_value", row.p_value)("differs", row.differs)("leads", row.leads);
        each("outliers", row.outliers);
        each("limit", text_or_null(limit_of(row, of.baseline)));
    });
    each("digest", text_or_null(row.digest))("same_bytes", row.same_bytes);
}

}  // namespace

// Found by their arguments, so they are not in the namespace without a name.

static void fields(FieldWriter& each, const Sink& sink) {
    each("name", sink.name)("bytes", sink.bytes)("digest", sink.digest);
}

/// "best" and "best_size" are null when nothing was measured; so are their like.
static void fields(FieldWriter& each, const Table& table) {
    const auto candidate = [&](const char* name, const char* size_name, int index) {
        const Row row = index < 0 ? Row{} : table.rows[index];
        each(name, text_or_null(row.channel))(size_name, text_or_null(row.size));
    };
    std::vector<TableRow> rows;
    for (const Row& row : table.rows)
        rows.push_back({row, table.rows[table.baseline]});
    each("stage", text_or_null(table.stage));
    candidate("best", "best_size", table.best);
    each("significant", table.significant);
    candidate("choice", "choice_size", table.choice);
    each("worth_changing", table.worth_changing());
    each("common_limit", text_or_null(common_limit(table)));
    candidate("baseline", "baseline_size", table.rows.empty() ? -1 : table.baseline);
    each("rows", rows);
}

static void fields(FieldWriter& each, const Comparison& comparison) {
    each("schema", kSchema)("pipeline", comparison.pipeline)("source", comparison.source);
    each("started_at", comparison.started_at)("answer", comparison.answer);
    each("same_bytes", comparison.same_bytes)("runs", comparison.rounds);
    each("warmup", comparison.warmup)("interrupted", comparison.interrupted);
    fields(each, comparison.table);
    each.left_out_if(comparison.matrix.empty(), "matrix", comparison.matrix);
    each("sinks", comparison.sinks)("warnings", comparison.warnings);
    each("command", comparison.command)("toml", text_or_null(comparison.toml));
}

std::string render_json(const Comparison& comparison) {
    JsonWriter json(3);
    FieldWriter(json).write(comparison);
    return json.take() + "\n";
}

}  // namespace pipectl::compare
