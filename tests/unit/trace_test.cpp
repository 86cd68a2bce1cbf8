// The trace of a run: a document as Chrome's viewer and Perfetto read it.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/trace.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

Moment trace_moment(double at_s, Activity reader, std::int64_t bytes) {
    Moment moment{at_s, {}};
    moment.seen.processes.resize(2);
    moment.seen.processes[0].activity = Activity::running;
    moment.seen.processes[1].activity = reader;
    moment.seen.processes[1].bytes_in = bytes;
    moment.seen.filled = {7};
    return moment;
}

Summary traced_run() {
    Summary summary;
    summary.run = "r";
    summary.pipeline = "p";
    summary.wall_s = 1;
    for (const char* name : {"read", "sort"}) {
        StageSummary stage;
        stage.name = name;
        stage.argv = {name};
        stage.start_s = 0.0;
        stage.end_s = 1.0;
        summary.stages.push_back(std::move(stage));
    }
    EdgeSummary edge{"read.stdout", "sort.stdin", "pipe", EdgeAccounted{}};
    edge.account->bytes = 900;
    summary.edges.push_back(edge);
    summary.stages[1].signals = {{15, 0.5}};
    summary.cancel = CancelSummary{{CancelBegan::Why::signal, -1, 2, {}}, 0.5};
    summary.end = RunEnded{Verdict::cancelled, 130, 2, {}};
    return summary;
}

std::vector<JsonValue> trace_events(const JsonDocument& document) {
    return JsonValue(*document, "").at("traceEvents").elements();
}

}  // namespace

TEST_CASE("each event of a trace has what its phase asks for", "[trace]") {
    const JsonDocument document =
        parse_json(render_trace(traced_run(), {trace_moment(0.1, Activity::input, 100)}));
    std::map<std::string, int> phases;
    for (const JsonValue& event : trace_events(document)) {
        const std::string phase = event.at("ph").text();
        ++phases[phase];
        CHECK_FALSE(event.at("name").text().empty());
        CHECK(event.at("pid").whole(1) == 1);
        CHECK(event.at("tid").whole(0) <= 2);
        if (phase == "M") {
            CHECK(event.at("args").names().size() == 1);
        } else {
            CHECK(event.at("ts").whole(0) <= 1000000);
        }
        if (phase == "X") CHECK(event.at("ts").whole(0) + event.at("dur").whole(0) <= 1000000);
        if (phase == "C") CHECK(event.at("args").names().size() == 1);
        if (phase == "i") CHECK((event.at("s").text() == "t" || event.at("s").text() == "p"));
    }
    CHECK(phases["M"] == 5);
    CHECK(phases["i"] == 2);
    CHECK(phases.size() == 4);
}

TEST_CASE("stretches of one state are one slice, and fill the stage's life", "[trace]") {
    const JsonDocument document = parse_json(render_trace(
        traced_run(), {trace_moment(0.1, Activity::input, 1), trace_moment(0.2, Activity::input, 2),
                       trace_moment(0.6, Activity::running, 3)}));
    std::vector<std::pair<std::string, std::int64_t>> slices;
    for (const JsonValue& event : trace_events(document)) {
        if (event.at("ph").text() == "X" && event.at("tid").whole(0) == 2) {
            slices.emplace_back(event.at("name").text(), event.at("dur").whole(0));
        }
    }
    CHECK(slices == std::vector<std::pair<std::string, std::int64_t>>{
                        {"sort", 1000000}, {"waits for input", 600000}, {"busy", 400000}});
}

TEST_CASE("bytes of an edge grow to what was counted in the end", "[trace]") {
    const JsonDocument document =
        parse_json(render_trace(traced_run(), {trace_moment(0.1, Activity::input, 100),
                                               trace_moment(0.2, Activity::absent, -1)}));
    std::vector<std::int64_t> bytes;
    for (const JsonValue& event : trace_events(document)) {
        if (event.at("name").text() == "bytes over read.stdout->sort.stdin") {
            bytes.push_back(event.at("args").at("bytes").whole(0));
        }
    }
    CHECK(bytes == std::vector<std::int64_t>{100, 100, 900});
}
