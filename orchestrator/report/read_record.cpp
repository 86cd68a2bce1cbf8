#include "orchestrator/report/read_record.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/field_reader.hpp"
#include "orchestrator/report/record_fields.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

/// In the order of the timeline, which has helpers among stages as they stood in the run.
StageIndex index_stages(const JsonValue& record) {
    std::vector<JsonValue> rows = record.at("stages").elements();
    const std::vector<JsonValue> helpers = record.at("helpers").elements();
    rows.insert(rows.end(), helpers.begin(), helpers.end());
    if (const auto moments = record.find(timeline::kName)) {
        const std::size_t processes = rows.size();
        rows = moments->at(timeline::kStages).elements();
        expect_length(moments->at(timeline::kStages), rows.size(), processes);
    }
    StageIndex index;
    for (const JsonValue& row : rows) {
        const std::string name = row.at("name").text();
        if (!index.emplace(name, index.size()).second) {
            row.refuse(filled("a second stage '{}'", one_line(name)));
        }
    }
    return index;
}

void check_schema(const JsonValue& schema) {
    if (schema.whole(0) != kRecordSchema) {
        schema.refuse(filled("this pipectl reads schema {}; the record was made by another version",
                             kRecordSchema));
    }
}

}  // namespace

Summary read_record(std::string_view text) {
    const JsonDocument document = parse_json(text);
    const JsonValue record(*document, "");
    check_schema(record.at("schema"));
    const StageIndex stages = index_stages(record);
    Summary run;
    FieldReader reader(record, stages);
    fields(reader, run);
    if (run.end) run.end->cleanup = run.cleanup;
    int index = 0;
    for (EdgeSummary& edge : run.edges) {
        if (edge.account) edge.account->edge = index;
        ++index;
    }
    return run;
}

}  // namespace pipectl
