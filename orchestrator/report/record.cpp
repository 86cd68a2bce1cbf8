#include "orchestrator/report/record.hpp"

#include "orchestrator/report/field_writer.hpp"

namespace pipectl {

/// One array a series, all as long as `t`: a fraction of the size of an array of objects.
void FieldWriter::timeline(const char* name, const Summary& run) {
    if (run.moments.empty()) return;
    json_.key(name).begin_object().key(timeline::kTimes).begin_array();
    for (const Moment& moment : run.moments) {
        json_.value(moment.at_s);
    }
    json_.end_array().key(timeline::kStages).begin_array();
    for (std::size_t index = 0; index < run.stages.size(); ++index) {
        const auto at = [index](const Sampled& seen) {
            return index < seen.processes.size() ? seen.processes[index] : Sampled::Process();
        };
        std::string letters;
        for (const Moment& moment : run.moments) {
            const Sampled::Process process = at(moment.seen);
            letters += activity_letter(process.activity, process.holds_end_back);
        }
        json_.begin_object()
            .member("name", run.stages[index].name)
            .member(timeline::kActivity, letters);
        column_fields([&](const char* column, auto number, Range /*read*/) {
            series(column, run, [&](const Sampled& seen) { return at(seen).*number; });
        });
        json_.end_object();
    }
    json_.end_array().key(timeline::kEdges).begin_array();
    for (std::size_t index = 0; index < run.edges.size(); ++index) {
        json_.begin_object();
        series(timeline::kFilled, run, [index](const Sampled& seen) {
            return index < seen.filled.size() ? seen.filled[index] : std::int64_t{-1};
        });
        json_.end_object();
    }
    json_.end_array().end_object();
}

std::string render_record_json(const Summary& summary) {
    constexpr int kLineDepth = 2;  // a line for each stage
    std::vector<std::string> names;
    for (const StageSummary& stage : summary.stages) {
        names.push_back(stage.name);
    }
    JsonWriter json(kLineDepth);
    FieldWriter(json, names).write(summary);
    return json.take() + "\n";
}

}  // namespace pipectl
