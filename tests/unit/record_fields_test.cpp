// The description of record and events: what is written can be read, and the README knows it.

#include "orchestrator/report/record_fields.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/report/event_fields.hpp"
#include "orchestrator/report/read_record.hpp"
#include "orchestrator/report/words.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

/// Fills all that is described with random values: a member that is added is tried as well.
class RandomFields {
  public:
    explicit RandomFields(unsigned seed) : random_(seed) {}

    int below(int limit) { return std::uniform_int_distribution(0, limit - 1)(random_); }
    bool maybe() { return below(2) == 0; }

    static void by_name(std::vector<RunParameter>& params) {
        std::ranges::sort(params, {}, &RunParameter::name);
        const auto same = [](const RunParameter& left, const RunParameter& right) {
            return left.name == right.name;
        };
        params.erase(std::unique(params.begin(), params.end(), same), params.end());
    }

    Summary summary() {
        processes_ = below(5);
        Summary run;
        fields(*this, run);
        if (run.end) run.end->cleanup = run.cleanup;
        for (StageSummary& stage : run.stages) {
            if (!stage.end_s) stage.use = {};  // it is accounted to what has ended
            if (stage.account && stage.account->samples == 0) {
                stage.account->running_s = stage.account->input_s = stage.account->output_s = 0;
                stage.account->disk_s = stage.account->sleeping_s = 0;
            }
        }
        for (std::size_t i = 0; i < run.edges.size(); ++i) {
            if (run.edges[i].account) run.edges[i].account->edge = static_cast<int>(i);
        }
        for (ItemSummary& item : run.items) {
            by_name(item.values);
        }
        by_name(run.params);
        return run;
    }

    template <class Value>
    RandomFields& operator()(const char* /*name*/, Value& value, Range range = {}) {
        fill(value, range);
        return *this;
    }
    void signal(const char* /*name*/, int& number) { number = 1 + below(127); }
    void stage(const char* /*name*/, int& index) { index = processes_ > 0 ? below(processes_) : 0; }
    void lines(const char* /*name*/, std::string& text) { fill(text, {}); }
    template <class Body>
    void null_unless(bool /*known*/, Body body) {
        if (maybe() && processes_ > 0) body();
    }
    template <class Value, class Body>
    void part(const char* /*key*/, std::optional<Value>& value, Body body) {
        if (maybe()) body(value.emplace());
    }
    template <class Value>
    void left_out_if(bool /*none*/, const char* /*name*/, Value& value) {
        if (maybe()) fill(value, {});
    }

    /// Without a timeline the record knows no order of stages and helpers.
    void stages(const char* /*name*/, std::vector<StageSummary>& stages, bool helpers) {
        if (!helpers) {
            timeline_ = maybe();
            stages.resize(static_cast<std::size_t>(processes_));
            for (StageSummary& stage : stages) {
                fields(*this, stage);
                stage.name += std::to_string(&stage - stages.data());
                stage.helper = maybe();
            }
        }
        if (!timeline_) {
            std::stable_partition(stages.begin(), stages.end(),
                                  [](const StageSummary& stage) { return !stage.helper; });
        }
    }

    void timeline(const char* /*name*/, Summary& run) {
        if (!timeline_) return;
        run.moments.resize(static_cast<std::size_t>(1 + below(4)));
        for (Moment& moment : run.moments) {
            fill(moment.at_s, {});
            moment.seen.processes.resize(run.stages.size());
            for (Sampled::Process& process : moment.seen.processes) {
                fill(process.activity, {});
                process.holds_end_back = maybe();
                column_fields([&](const char* /*name*/, auto column, Range range) {
                    fill(process.*column, range);
                });
            }
            for (std::size_t i = 0; i < run.edges.size(); ++i) {
                fill(moment.seen.filled.emplace_back(), kOrUnknown);
            }
        }
        std::ranges::sort(run.moments, {}, &Moment::at_s);
    }

  private:
    template <class Value>
    void fill(Value& value, Range range) {
        if constexpr (std::is_same_v<Value, bool>) {
            value = maybe();
        } else if constexpr (std::is_same_v<Value, std::string>) {
            constexpr std::array kPieces = {"a",      "B7",         " ",        "\n",
                                            "\"",     "\\",         "\x1b[2J",  "\u00e9",
                                            "\u202e", "\U0001f600", "</script>"};
            for (int left = below(6); left > 0; --left) {
                value += kPieces[static_cast<std::size_t>(below(kPieces.size()))];
            }
            if (below(9) == 0) value += '\0';
        } else if constexpr (std::is_enum_v<Value>) {
            int count = 0;
            enumerator_that<Value>([&](Value /*each*/) { return ++count < 0; });
            value = Value{below(count)};
        } else if constexpr (std::is_integral_v<Value>) {
            const auto most = std::min<std::int64_t>(range.most, std::numeric_limits<Value>::max());
            const std::array all = {range.least, range.least + 1, most / 2 + 1, most};
            value = static_cast<Value>(all[static_cast<std::size_t>(below(all.size()))]);
        } else if constexpr (std::is_floating_point_v<Value>) {
            constexpr std::array kAll = {0.0, 0.1, 1.0 / 3, 7.0, 1e-300, 1e300, 9007199254740993.0};
            value = kAll[static_cast<std::size_t>(below(kAll.size()))];
        } else {
            fields(*this, value);
        }
    }
    template <class Value>
    void fill(std::optional<Value>& value, Range range) {
        if (maybe() && (processes_ > 0 || !std::is_same_v<Value, Bottleneck>)) {
            fill(value.emplace(), range);
        }
    }
    template <class Value>
    void fill(std::vector<Value>& values, Range range) {
        for (int left = below(4); left > 0; --left) {
            fill(values.emplace_back(), range);
        }
    }
    void fill(RunParameter& parameter, Range range) {
        fill(parameter.name, range);
        fill(parameter.value, range);
    }

    std::mt19937 random_;
    int processes_ = 0;
    bool timeline_ = false;
};

/// Names of all that is described, and of what its structs are made of.
class FieldNames {
  public:
    std::vector<std::string> names;
    std::map<std::string, std::vector<std::string>> inner;

    template <class Value>
    FieldNames& operator()(const char* name, const Value& value, Range /*range*/ = {}) {
        names.emplace_back(name);
        look_into(value);
        return *this;
    }
    void signal(const char* name, int /*number*/) { names.emplace_back(name); }
    void stage(const char* name, int /*index*/) { names.emplace_back(name); }
    void lines(const char* name, const std::string& /*text*/) { names.emplace_back(name); }
    template <class Body>
    void null_unless(bool /*known*/, Body body) {
        body();
    }
    template <class Value, class Body>
    void part(const char* /*key*/, const std::optional<Value>& /*value*/, Body body) {
        const Value value;
        body(value);
    }
    template <class Value>
    void left_out_if(bool /*none*/, const char* name, const Value& value) {
        (*this)(name, value);
    }
    void stages(const char* name, const std::vector<StageSummary>& /*all*/, bool /*which*/) {
        names.emplace_back(name);
    }
    void timeline(const char* name, const Summary& /*run*/) {
        (*this)(name, nullptr);
        std::vector<std::string>& columns = inner[name] = {"t", "stages", "name", "activity"};
        column_fields([&](const char* column, auto /*member*/, Range /*range*/) {
            columns.emplace_back(column);
        });
        columns.insert(columns.end(), {"edges", "filled"});
    }

  private:
    template <class Value>
    void look_into(const Value& value) {
        if constexpr (requires { fields(*this, value); }) {
            const std::string name = names.back();
            FieldNames of;
            fields(of, value);
            inner[name] = of.names;
        }
    }
    template <class Value>
    void look_into(const std::optional<Value>& /*value*/) {
        const Value value{};
        look_into(value);
    }
    template <class Value>
    void look_into(const std::vector<Value>& /*values*/) {
        const Value value{};
        look_into(value);
    }
};

template <class Value>
FieldNames names_of(const Value& value) {
    FieldNames each;
    fields(each, value);
    return each;
}

struct ReadmeRow {
    std::vector<std::string> first, second;  ///< what stands in back quotes, without "[]"
};

std::vector<std::string> quoted(const std::string& cell) {
    std::vector<std::string> words;
    std::istringstream parts(cell);
    std::string part;
    for (bool inside = false; std::getline(parts, part, '`'); inside = !inside) {
        if (inside) words.push_back(part.ends_with("[]") ? part.substr(0, part.size() - 2) : part);
    }
    return words;
}

/// The first table below a line that begins with this.
std::vector<ReadmeRow> table_below(const std::string& heading) {
    std::ifstream file(PIPECTL_SOURCE_FOLDER "/orchestrator/report/README.md");
    std::string line;
    while (std::getline(file, line) && !line.starts_with(heading)) {
    }
    std::vector<ReadmeRow> rows;
    while (std::getline(file, line) && (rows.empty() || line.starts_with("|"))) {
        if (!line.starts_with("| `")) continue;
        const std::size_t middle = line.find(" | ");
        rows.push_back({quoted(line.substr(0, middle)), quoted(line.substr(middle))});
    }
    INFO("'" << heading << "' in orchestrator/report/README.md");
    REQUIRE_FALSE(rows.empty());
    return rows;
}

std::vector<std::string> first_column(const std::string& heading) {
    std::vector<std::string> names;
    for (const ReadmeRow& row : table_below(heading)) {
        names.insert(names.end(), row.first.begin(), row.first.end());
    }
    return names;
}

}  // namespace

TEST_CASE("what is read of a record is what was written") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        const Summary run = RandomFields(seed).summary();
        const std::string text = render_record_json(run);
        INFO("seed " << seed << "\n" << text);
        const Summary read = read_record(text);
        REQUIRE(render_record_json(read) == text);
        REQUIRE(read == run);
    }
}

TEST_CASE("the README has every member of the record, in its order") {
    const FieldNames record = names_of(Summary());
    CHECK(first_column("## The record") == record.names);
    for (const ReadmeRow& row : table_below("## The record")) {
        const auto inner = record.inner.find(row.first.front());
        if (inner == record.inner.end() || row.second.empty()) continue;  // has a table of its own
        INFO(inner->first);
        CHECK(row.second == inner->second);
    }
    CHECK(first_column("Of a stage or helper") == names_of(StageSummary()).names);
    CHECK(first_column("Of an item") == names_of(ItemSummary()).names);
    CHECK(first_column("Of an edge") == names_of(EdgeSummary()).names);
    CHECK(first_column("Of the timeline") == record.inner.at("timeline"));
}

TEST_CASE("the README has every event with its members") {
    std::vector<FieldNames> events;
    const auto add = [&]<std::size_t... index>(std::index_sequence<index...> /*all*/) {
        (events.push_back(names_of(std::variant_alternative_t<index, decltype(Event::what)>())),
         ...);
    };
    add(std::make_index_sequence<kEventNames.size()>());
    const std::vector<ReadmeRow> rows = table_below("## The events");
    REQUIRE(rows.size() == kEventNames.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(kEventNames[i]);
        CHECK(rows[i].first == std::vector<std::string>{kEventNames[i]});
        std::vector<std::string> members;
        for (const std::string& name : events[i].names) {
            members.push_back(name);
            const auto inner = events[i].inner.find(name);
            if (inner == events[i].inner.end()) continue;
            members.insert(members.end(), inner->second.begin(), inner->second.end());
        }
        CHECK(rows[i].second == members);
    }
}
