#include "orchestrator/report/read_record.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/record_fields.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

constexpr int kHighestSignal = 127;  // wait(2) has seven bits for it

/// Where stages and helpers stand in Summary::stages.
using StageIndex = std::unordered_map<std::string, std::size_t>;

void expect_length(const JsonValue& list, std::size_t length, std::size_t expected) {
    if (length != expected) {
        list.refuse(filled("has {} elements, expected {}", length, expected));
    }
}

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

/// "SIGTERM", or "signal 99" for one without a name.
int signal_of(const JsonValue& value) {
    const std::string text = value.text();
    for (int number = 1; number <= kHighestSignal; ++number) {
        if (signal_name(number) == text) return number;
    }
    value.refuse(filled("unknown signal '{}'", one_line(text)));
}

template <class Enum>
Enum enumerator_of(const JsonValue& value) {
    const std::string text = value.text();
    const auto found = enumerator_that<Enum>([&](Enum each) { return word_of(each) == text; });
    if (!found) value.refuse(filled("unknown word '{}'", one_line(text)));
    return *found;
}

/// Fills described members (record_fields.hpp) from an object; each is checked. What refers to
/// stages by name may come before them in the text, so where they stand is known already.
class FieldReader {
  public:
    FieldReader(JsonValue object, const StageIndex& stages)
        : object_(std::move(object)), stages_(stages) {}

    template <class Value>
    FieldReader& operator()(const char* name, Value& value, Range range = {}) {
        if (const auto found = member(name)) read(*found, value, range);
        return *this;
    }

    template <class Value>
    FieldReader& operator()(const char* name, std::optional<Value>& value, Range range = {}) {
        if (const auto found = object_.find(name)) read(*found, value.emplace(), range);
        return *this;
    }

    void signal(const char* name, int& number) {
        if (const auto found = member(name)) number = signal_of(*found);
    }

    void stage(const char* name, int& index) {
        if (const auto found = member(name)) index = static_cast<int>(stage_named(*found));
    }

    /// Records of earlier versions have one text.
    void lines(const char* name, std::string& text) {
        const auto found = object_.find(name);
        if (found && !found->is_array()) text = found->text();
        if (!found || !found->is_array()) return;
        for (const JsonValue& line : found->elements()) {
            text += line.text() + "\n";
        }
        if (!text.empty()) text.pop_back();
    }

    template <class Body>
    void null_unless(bool /*known*/, Body body) {
        const bool outer = std::exchange(may_be_missing_, true);
        body();
        may_be_missing_ = outer;
    }

    template <class Value, class Body>
    void part(const char* key, std::optional<Value>& value, Body body) {
        if (object_.find(key)) body(value.emplace());
    }

    template <class Value>
    void left_out_if(bool /*none*/, const char* name, Value& value) {
        null_unless(false, [&] { (*this)(name, value); });
    }

    void stages(const char* name, std::vector<StageSummary>& stages, bool helpers) {
        stages.resize(stages_.size());
        for (const JsonValue& element : object_.at(name).elements()) {
            StageSummary& stage = stages[stage_named(element.at("name"))];
            if (!stage.name.empty())
                element.refuse(filled("a second stage '{}'", one_line(stage.name)));
            stage.helper = helpers;
            read(element, stage, {});
        }
    }

    void timeline(const char* name, Summary& run) {
        const auto found = object_.find(name);
        if (!found) return;
        const JsonValue times = found->at(timeline::kTimes);
        run.moments.resize(times.elements().size());
        for (Moment& moment : run.moments) {
            moment.seen.processes.resize(run.stages.size());
            moment.seen.filled.resize(run.edges.size());
        }
        series(
            times, run, {}, [](Moment & moment) -> auto& { return moment.at_s; });
        if (!std::ranges::is_sorted(run.moments, {}, &Moment::at_s)) {
            times.refuse("the times are not in order");
        }
        std::size_t index = 0;
        for (const JsonValue& row : found->at(timeline::kStages).elements()) {
            stage_row(row, run, index++);
        }
        const std::vector<JsonValue> edges = found->at(timeline::kEdges).elements();
        expect_length(found->at(timeline::kEdges), edges.size(), run.edges.size());
        for (std::size_t edge = 0; edge < edges.size(); ++edge) {
            series(
                edges[edge].at(timeline::kFilled), run,
                kOrUnknown, [=](Moment & moment) -> auto& { return moment.seen.filled[edge]; });
        }
    }

  private:
    [[nodiscard]] std::optional<JsonValue> member(const char* name) const {
        return may_be_missing_ ? object_.find(name) : object_.at(name);
    }

    [[nodiscard]] std::size_t stage_named(const JsonValue& name) const {
        const auto found = stages_.find(name.text());
        if (found == stages_.end()) {
            name.refuse(filled("there is no stage '{}'", one_line(name.text())));
        }
        return found->second;
    }

    template <class Number>
    void series(const JsonValue& list, Summary& run, Range range, Number number) const {
        const std::vector<JsonValue> values = list.elements();
        expect_length(list, values.size(), run.moments.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            read(values[i], number(run.moments[i]), range);
        }
    }

    void stage_row(const JsonValue& row, Summary& run, std::size_t index) const {
        const auto seen = [index](Moment & moment) -> auto& {
            return moment.seen.processes[index];
        };
        const JsonValue activity = row.at(timeline::kActivity);
        const std::string letters = activity.text();
        if (letters.size() != run.moments.size()) {
            activity.refuse(
                filled("has {} letters, expected {}", letters.size(), run.moments.size()));
        }
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const bool held = letters[i] >= 'A' && letters[i] <= 'Z';
            const auto known = enumerator_that<Activity>(
                [&](Activity each) { return activity_letter(each, held) == letters[i]; });
            if (!known) activity.refuse(filled("letter {} is unknown", i + 1));
            seen(run.moments[i]).activity = *known;
            seen(run.moments[i]).holds_end_back = held;
        }
        column_fields([&](const char* name, auto column, Range range) {
            series(
                row.at(name), run,
                range, [=](Moment & moment) -> auto& { return seen(moment).*column; });
        });
    }

    template <class Value>
    void read(const JsonValue& found, Value& value, Range range) const {
        if constexpr (std::is_same_v<Value, bool>) {
            value = found.flag();
        } else if constexpr (std::is_same_v<Value, std::string>) {
            value = found.text();
        } else if constexpr (std::is_enum_v<Value>) {
            value = enumerator_of<Value>(found);
        } else if constexpr (std::is_integral_v<Value>) {
            const std::int64_t most = std::numeric_limits<Value>::max();
            value = static_cast<Value>(found.whole(range.least, std::min(range.most, most)));
        } else if constexpr (std::is_floating_point_v<Value>) {
            value = found.number();
            if (value < 0) found.refuse("the number is below 0");
        } else {
            FieldReader reader(found, stages_);
            fields(reader, value);
        }
    }

    template <class Value>
    void read(const JsonValue& found, std::vector<Value>& values, Range range) const {
        for (const JsonValue& element : found.elements()) {
            read(element, values.emplace_back(), range);
        }
    }

    void read(const JsonValue& found, std::vector<RunParameter>& params, Range /*none*/) const {
        for (const std::string& name : found.names()) {
            params.push_back({name, found.at(name).text()});
        }
    }

    JsonValue object_;
    const StageIndex& stages_;
    bool may_be_missing_ = false;
};

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
