#include "orchestrator/report/read_record.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <unordered_map>

#include "orchestrator/report/json_value.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

constexpr std::array kVerdicts = {Verdict::not_started, Verdict::ok,      Verdict::failed,
                                  Verdict::cut,         Verdict::timeout, Verdict::cancelled};
constexpr std::array kWhys = {CancelBegan::Why::failure, CancelBegan::Why::run_timeout,
                              CancelBegan::Why::stage_timeout, CancelBegan::Why::signal,
                              CancelBegan::Why::internal};
constexpr std::array kActivities = {Activity::absent, Activity::running, Activity::input,
                                    Activity::output, Activity::disk,    Activity::sleeping,
                                    Activity::stopped};
constexpr int kHighestSignal = 127;  // wait(2) has seven bits for it
constexpr int kHighestStatus = 255;

/// The enumerator whose word this text is.
template <class Values, class Word>
auto by_word(const JsonValue& value, const Values& values, Word word) {
    const std::string text = value.text();
    const auto found = std::ranges::find_if(values, [&](auto each) { return word(each) == text; });
    if (found == values.end()) {
        value.refuse("unknown word '" + one_line(text) + "'");
    }
    return *found;
}

Verdict verdict_of(const JsonValue& value) {
    return by_word(value, kVerdicts, verdict_name);
}

/// "SIGTERM", or "signal 99" for one without a name.
int signal_of(const JsonValue& value) {
    const std::string text = value.text();
    for (int number = 1; number <= kHighestSignal; ++number) {
        if (signal_name(number) == text) {
            return number;
        }
    }
    value.refuse("unknown signal '" + one_line(text) + "'");
}

int signal_or_none(const JsonValue& object) {
    const auto signal = object.find("signal");
    return signal ? signal_of(*signal) : 0;
}

std::optional<double> number_member(const JsonValue& object, const char* name) {
    const auto found = object.find(name);
    return found ? std::optional(found->number()) : std::nullopt;
}

std::optional<std::int64_t> bytes_member(const JsonValue& object, const char* name) {
    const auto found = object.find(name);
    return found ? std::optional(found->whole(0)) : std::nullopt;
}

std::string text_or_empty(const JsonValue& object, const char* name) {
    const auto found = object.find(name);
    return found ? found->text() : std::string();
}

/// An array of them, or (in records of earlier versions) one text.
std::string lines_or_empty(const JsonValue& object, const char* name) {
    const auto found = object.find(name);
    if (!found || !found->is_array()) {
        return found ? found->text() : std::string();
    }
    std::string lines;
    for (const std::string& line : found->texts()) {
        lines += (lines.empty() ? "" : "\n") + line;
    }
    return lines;
}

double number_or_zero(const JsonValue& object, const char* name) {
    return number_member(object, name).value_or(0);
}

int int_or_zero(const JsonValue& object, const char* name) {
    const auto found = object.find(name);
    return found ? static_cast<int>(found->whole(0, INT_MAX)) : 0;
}

Exactness exactness_of(const JsonValue& value) {
    return by_word(value, std::array{Exactness::counted, Exactness::sampled, Exactness::at_most},
                   exactness_name);
}

long long_or_zero(const JsonValue& object, const char* name) {
    return static_cast<long>(bytes_member(object, name).value_or(0));
}

std::optional<Account> account_of(const JsonValue& stage) {
    const auto in_is = stage.find("bytes_in_are");
    if (!in_is) {
        return std::nullopt;
    }
    Account account;
    account.bytes_in = bytes_member(stage, "bytes_in");
    account.in_is = exactness_of(*in_is);
    account.bytes_out = bytes_member(stage, "bytes_out");
    account.out_is = exactness_of(stage.at("bytes_out_are"));
    account.samples = int_or_zero(stage, "samples");
    account.running_s = number_or_zero(stage, "running_s");
    account.input_s = number_or_zero(stage, "blocked_in_s");
    account.output_s = number_or_zero(stage, "blocked_out_s");
    account.disk_s = number_or_zero(stage, "disk_s");
    account.sleeping_s = number_or_zero(stage, "sleeping_s");
    account.first_byte_s = number_member(stage, "first_byte_s");
    return account;
}

StageSummary stage_of(const JsonValue& value, bool helper) {
    StageSummary stage;
    stage.name = value.at("name").text();
    stage.helper = helper;
    stage.argv = value.at("argv").texts();
    stage.line = int_or_zero(value, "line");
    if (const auto pid = value.find("pid")) {
        stage.pid = static_cast<pid_t>(pid->whole(1, INT_MAX));
    }
    if (const auto verdict = value.find("verdict")) {
        stage.verdict = verdict_of(*verdict);
    }
    if (const auto exit = value.find("exit")) {
        stage.status = ExitStatus{static_cast<int>(exit->whole(0, kHighestStatus)), 0, false};
    } else if (const int signal = signal_or_none(value)) {
        stage.status = ExitStatus{0, signal, false};
    }
    stage.start_s = number_member(value, "start_s");
    stage.end_s = number_member(value, "end_s");
    stage.use = {number_or_zero(value, "user_s"), number_or_zero(value, "sys_s"),
                 long_or_zero(value, "max_rss_bytes"), long_or_zero(value, "voluntary_switches"),
                 long_or_zero(value, "involuntary_switches")};
    for (const JsonValue& sent : value.at("signals_sent").elements()) {
        stage.signals.push_back({signal_of(sent.at("signal")), sent.at("at_s").number()});
    }
    stage.account = account_of(value);
    stage.start_error = text_or_empty(value, "start_error");
    stage.stderr_tail = lines_or_empty(value, "stderr_tail");
    return stage;
}

EdgeSummary edge_of(const JsonValue& value, int index) {
    EdgeSummary edge = {value.at("from").text(), value.at("to").text(), value.at("via").text(),
                        std::nullopt};
    if (const auto exactness = value.find("bytes_are")) {
        EdgeAccounted account;
        account.edge = index;
        account.bytes = bytes_member(value, "bytes");
        account.bytes_are = exactness_of(*exactness);
        account.samples = int_or_zero(value, "samples");
        account.empty = number_or_zero(value, "empty");
        account.full = number_or_zero(value, "full");
        account.room = bytes_member(value, "room").value_or(0);
        edge.account = account;
    }
    return edge;
}

/// Reads what refers to stages by their names, once these are known.
class Reader {
  public:
    explicit Reader(const JsonValue& record) : record_(record) {}

    Summary read() {
        read_head();
        read_stages();
        for (const JsonValue& edge : record_.at("edges").elements()) {
            summary_.edges.push_back(edge_of(edge, static_cast<int>(summary_.edges.size())));
        }
        for (const JsonValue& output : record_.at("outputs").elements()) {
            summary_.outputs.push_back({output.at("path").text(), output.at("replaced").flag(),
                                        output.at("error").text()});
        }
        for (const JsonValue& leftover : record_.at("leftovers").elements()) {
            summary_.leftovers.push_back({static_cast<pid_t>(leftover.at("pid").whole(1, INT_MAX)),
                                          leftover.at("command").text(),
                                          leftover.at("stage").text(), leftover.at("kept").flag()});
        }
        if (const auto cancel = record_.find("cancel")) {
            read_cancel(*cancel);
        }
        if (const auto found = record_.find("bottleneck")) {
            summary_.bottleneck = {stage_named(found->at("stage")), found->at("reason").text(),
                                   found->at("suggestion").text()};
        }
        if (const auto timeline = record_.find("timeline")) {
            read_timeline(*timeline);
        }
        return std::move(summary_);
    }

  private:
    void read_head() {
        const JsonValue schema = record_.at("schema");
        if (schema.whole(0) != kRecordSchema) {
            schema.refuse("this pipectl reads schema " + std::to_string(kRecordSchema) +
                          "; the record was made by another version");
        }
        summary_.run = record_.at("run").text();
        summary_.pipeline = record_.at("pipeline").text();
        summary_.source = record_.at("source").text();
        summary_.started_at = record_.at("started_at").text();
        summary_.cleanup = text_or_empty(record_, "cleanup");
        summary_.wall_s = record_.at("wall_s").number();
        summary_.stopped_s = number_member(record_, "stopped_s");
        if (const auto params = record_.find("params")) {
            for (const std::string& name : params->names()) {
                summary_.params.push_back({name, params->at(name.c_str()).text()});
            }
        }
        if (const auto verdict = record_.find("verdict")) {
            summary_.end = RunEnded{
                verdict_of(*verdict), static_cast<int>(record_.at("exit").whole(0, kHighestStatus)),
                signal_or_none(record_), text_or_empty(record_, "message"), summary_.cleanup};
        }
    }

    /// The timeline knows the order in which stages and helpers stood in the run.
    void read_stages() {
        std::vector<StageSummary> stages;
        for (const bool helpers : {false, true}) {
            for (const JsonValue& stage : record_.at(helpers ? "helpers" : "stages").elements()) {
                stages.push_back(stage_of(stage, helpers));
                const auto index = static_cast<int>(stages.size()) - 1;
                if (!index_.emplace(stages.back().name, index).second) {
                    stage.refuse("a second stage '" + one_line(stages.back().name) + "'");
                }
            }
        }
        const auto timeline = record_.find("timeline");
        if (!timeline) {
            summary_.stages = std::move(stages);
            return;
        }
        const JsonValue rows = timeline->at("stages");
        std::vector<int> order;
        std::vector<bool> seen(stages.size(), false);
        for (const JsonValue& row : rows.elements()) {
            const int stage = stage_named(row.at("name"));
            order.push_back(stage);
            if (seen[static_cast<std::size_t>(stage)]) {
                row.refuse("this stage is there twice");
            }
            seen[static_cast<std::size_t>(stage)] = true;
        }
        if (order.size() != stages.size()) {
            rows.refuse("has " + std::to_string(order.size()) + " elements, the run has " +
                        std::to_string(stages.size()) + " stages and helpers");
        }
        for (const int stage : order) {
            StageSummary& moved = stages[static_cast<std::size_t>(stage)];
            index_[moved.name] = static_cast<int>(summary_.stages.size());
            summary_.stages.push_back(std::move(moved));
        }
    }

    [[nodiscard]] int stage_named(const JsonValue& name) const {
        const std::string text = name.text();
        const auto found = index_.find(text);
        if (found == index_.end()) {
            name.refuse("there is no stage '" + one_line(text) + "'");
        }
        return found->second;
    }

    void read_cancel(const JsonValue& value) {
        CancelBegan what;
        what.why = by_word(value.at("why"), kWhys, cancel_word);
        if (const auto stage = value.find("stage")) {
            what.process = stage_named(*stage);
        }
        what.signal = signal_or_none(value);
        what.message = value.at("message").text();
        summary_.cancel = CancelSummary{what, value.at("at_s").number()};
    }

    void read_timeline(const JsonValue& timeline) {
        const std::size_t count = timeline.at("t").elements().size();
        for (const double at : timeline.at("t").numbers(count, 0)) {
            if (!summary_.moments.empty() && at < summary_.moments.back().at_s) {
                timeline.at("t").refuse("the times are not in order");
            }
            summary_.moments.push_back({at, {}});
            summary_.moments.back().seen.processes.resize(summary_.stages.size());
        }
        std::size_t index = 0;
        for (const JsonValue& row : timeline.at("stages").elements()) {
            read_row(row, index++, count);
        }
        const auto edges = timeline.at("edges").elements();
        if (edges.size() != summary_.edges.size()) {
            timeline.at("edges").refuse("has " + std::to_string(edges.size()) +
                                        " elements, the run has " +
                                        std::to_string(summary_.edges.size()) + " edges");
        }
        for (const JsonValue& edge : edges) {
            const auto filled = edge.at("filled").wholes(count, -1);
            for (std::size_t i = 0; i < count; ++i) {
                summary_.moments[i].seen.filled.push_back(filled[i]);
            }
        }
    }

    void read_row(const JsonValue& row, std::size_t index, std::size_t count) {
        const std::string letters = row.at("activity").text();
        if (letters.size() != count) {
            row.at("activity")
                .refuse("has " + std::to_string(letters.size()) + " letters, expected " +
                        std::to_string(count));
        }
        const auto bytes_in = row.at("bytes_in").wholes(count, -1);
        const auto bytes_out = row.at("bytes_out").wholes(count, -1);
        const auto cpu = row.at("cpu_s").numbers(count, 0);
        const auto memory = row.at("rss_bytes").wholes(count, 0);
        for (std::size_t i = 0; i < count; ++i) {
            const bool held = letters[i] >= 'A' && letters[i] <= 'Z';
            const auto activity = std::ranges::find_if(kActivities, [&](Activity each) {
                return activity_letter(each, held) == letters[i];
            });
            if (activity == kActivities.end()) {
                row.at("activity").refuse("letter " + std::to_string(i + 1) + " is unknown");
            }
            summary_.moments[i].seen.processes[index] = {*activity, bytes_in[i], bytes_out[i],
                                                         cpu[i],    memory[i],   held};
        }
    }

    const JsonValue& record_;
    Summary summary_;
    std::unordered_map<std::string, int> index_;  ///< of Summary::stages, by name
};

}  // namespace

Summary read_record(std::string_view text) {
    const JsonDocument document = parse_json(text);
    const JsonValue record(*document, "");
    return Reader(record).read();
}

}  // namespace pipectl
