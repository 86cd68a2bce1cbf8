#include "orchestrator/report/read_record.hpp"

#include <csignal>

#include "orchestrator/report/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

Account account(int samples) {
    Account told;
    told.samples = samples;
    told.running_s = samples > 0 ? 0.75 : 0;
    told.output_s = samples > 0 ? 0.1 : 0;
    told.in_is = Exactness::counted;
    told.out_is = Exactness::at_most;
    told.bytes_out = 123456789012;
    told.first_byte_s = 0.5;
    return told;
}

Sampled moment(std::int64_t bytes) {
    Sampled seen;
    seen.processes = {{Activity::running, -1, bytes, 0.25, 4096},
                      {Activity::input, bytes, -1, 0, 8192},
                      {Activity::absent, -1, -1, 0, 0}};
    seen.filled = {bytes};
    return seen;
}

/// A run with everything that a record can tell; the helper stands between the stages.
Summary full_run() {
    RunEvents run;
    run.process("read", {"zcat", "a\tb"}, 5)
        .process("copy:read.stdout", {"pipectl-helper", "copy"}, 5, true)
        .process("count", {"sort"}, 0)
        .edge("read.stdout", "count.stdin", "pipe")
        .start_all()
        .at(0.25, moment(7))
        .at(0.5, moment(900))
        .end(2.5, 0, {3, 0, false}, Verdict::failed)
        .at(2.5, CancelBegan{CancelBegan::Why::failure, 0, 0, ""})
        .at(2.5, SignalSent{2, SIGRTMIN + 2})
        .end(2.75, 2, {0, SIGKILL, false}, Verdict::cancelled)
        .at(2.75, ProcessAccounted{0, account(20)})
        .at(2.75, ProcessAccounted{2, account(0)})
        .at(2.75, EdgeAccounted{0, 42, Exactness::sampled, 20, 0.125, 0.5, 65536})
        .at(3, StartFailed{1, "no such file"})
        .at(3, LeftoverFound{77, "sleep", "read", true})
        .at(3, StderrTail{0, "a\n\"b\" </script>"})
        .at(3, OutputDecided{"out", false, "disk full"})
        .at(3.25, RunEnded{Verdict::failed, 3, 0, "why", "cgroup"});
    Summary summary = summarize(run.events());
    summary.bottleneck = Bottleneck{2, "it sorted", "LC_ALL=C"};
    return summary;
}

/// The record of a full run with one part replaced.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = render_record_json(full_run());
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string reason_against(const std::string& text) {
    try {
        read_record(text);
    } catch (const RecordError& error) {
        return error.what();
    }
    return "it was read";
}

}  // namespace

TEST_CASE("a record that was read gives the same record") {
    const std::string text = render_record_json(full_run());
    CHECK(render_record_json(read_record(text)) == text);
    const std::string unfinished = render_record_json(summarize({}));
    CHECK(render_record_json(read_record(unfinished)) == unfinished);
}

TEST_CASE("a record's helpers stand where they stood in the run") {
    const Summary read = read_record(render_record_json(full_run()));
    REQUIRE(read.stages.size() == 3);
    CHECK(read.stages[1].helper);
    CHECK(read.moments[1].seen.processes[2].activity == Activity::absent);
    CHECK(read.bottleneck->stage == 2);
    CHECK(read.cancel->what.process == 0);
}

TEST_CASE("an end that was held back is in the record as a capital", "[R42]") {
    const std::string text = changed("\"activity\": \"rr\"", "\"activity\": \"rR\"");
    const Summary read = read_record(text);
    CHECK_FALSE(read.moments[0].seen.processes[0].holds_end_back);
    CHECK(read.moments[1].seen.processes[0].holds_end_back);
    CHECK(read.moments[1].seen.processes[0].activity == Activity::running);
    CHECK(render_record_json(read) == text);
}

TEST_CASE("members that are not known and members that came later are no error") {
    CHECK(reason_against(changed("\"wall_s\"", "\"colour\": [[1]], \"wall_s\"")) == "it was read");
    CHECK(reason_against(changed("\"samples\": 20, ", "")) == "it was read");
}

TEST_CASE("what is wrong with a record is told with the place") {
    CHECK(reason_against("") ==
          "it is not JSON: line 1, column 1: syntax error while parsing value - unexpected end of "
          "input; expected '[', '{', or a literal");
    CHECK(reason_against("{\n \"a\": tru\x1b}").find("line 2, column 10: ") != std::string::npos);
    CHECK(reason_against("{\"a\": \"\xff\"}").find("it is not JSON") == 0);
    CHECK(reason_against("[1]") == "expected an object, found an array");
    CHECK(reason_against("{}") == "member 'schema' is missing");
    CHECK(reason_against(changed("\"schema\": 1", "\"schema\": 2")) ==
          "schema: this pipectl reads schema 1; the record was made by another version");
    CHECK(reason_against(changed("\"pid\": 100", "\"pid\": \"x\"")) ==
          "stages[0].pid: expected a whole number, found a text");
    CHECK(reason_against(changed("\"pid\": 100", "\"pid\": 99999999999")) ==
          "stages[0].pid: the number 99999999999 is out of range");
    CHECK(reason_against(changed("\"verdict\": \"failed\", \"exit\"",
                                 "\"verdict\": \"\\u001b[2J\", \"exit\"")) ==
          "stages[0].verdict: unknown word '\\x1b[2J'");
    CHECK(reason_against(changed("\"stage\": \"count\"", "\"stage\": \"counts\"")) ==
          "bottleneck.stage: there is no stage 'counts'");
    CHECK(reason_against(changed("\"activity\": \"rr\"", "\"activity\": \"rrr\"")) ==
          "timeline.stages[0].activity: has 3 letters, expected 2");
    CHECK(reason_against(changed("\"bytes_out\": [7, 900]", "\"bytes_out\": [7, -2]"))
              .find("timeline.stages[0].bytes_out[1]: the number -2 is out of range") == 0);
    CHECK(
        reason_against(changed("\"name\": \"count\", \"argv\"", "\"name\": \"read\", \"argv\"")) ==
        "stages[1]: a second stage 'read'");
    CHECK(reason_against(changed("\"name\": \"count\", \"act", "\"name\": \"read\", \"act")) ==
          "timeline.stages[2]: a second stage 'read'");
    CHECK(reason_against(changed("[{\"filled\": [7, 900]}]", "[]")) ==
          "timeline.edges: has 0 elements, expected 1");
    CHECK(reason_against(changed("\"t\": [0.25, 0.5]", "\"t\": [0.5, 0.25]")) ==
          "timeline.t: the times are not in order");
    CHECK(reason_against(changed("\"user_s\": 0.25", "\"user_s\": -1")) ==
          "stages[0].user_s: the number is below 0");
    CHECK(reason_against(changed("\"wall_s\": 3.25", "\"wall_s\": 1e999")).find("number") !=
          std::string::npos);
}

TEST_CASE("a document that is nested deeply is refused") {
    CHECK(reason_against(std::string(1000000, '[')) == "it is nested more than 16 deep");
}
