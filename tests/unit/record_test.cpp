#include "orchestrator/report/record.hpp"

#include <csignal>

#include "orchestrator/report/event_line.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

RunEvents recorded_run() {
    RunEvents run;
    run.process("read", {"zcat", "\xff"}, 5)
        .process("count", {"sort"}, 0)
        .process("copy:read.stdout", {"pipectl-helper", "copy"}, 5, true)
        .edge("read.stdout", "count.stdin", "pipe")
        .start_run();
    run.at(0.5, ProcessStarted{0, 100})
        .end(2.5, 0, {3, 0, false}, Verdict::failed)
        .at(2.5, CancelBegan{CancelBegan::Why::failure, 0, 0, ""})
        .at(2.5, SignalSent{1, SIGTERM})
        .at(3, LeftoverFound{77, "sleep", "read", false})
        .at(3, StderrTail{0, "a\n\"b\""})
        .at(3, OutputDecided{"out", false, ""})
        .at(3, ProcessJudged{1, Verdict::not_started})
        .at(3.25, RunEnded{Verdict::failed, 3, 0, ""});
    return run;
}

/// An argument that is not UTF-8 is shown as U+FFFD.
const char* const kRecord = R"x({
  "schema": 1,
  "run": "0123abcd",
  "pipeline": "slow-requests",
  "source": "slow.toml",
  "started_at": "2024-05-06T07:08:09Z",
  "cleanup": "subreaper",
  "verdict": "failed",
  "exit": 3,
  "signal": null,
  "message": "",
  "wall_s": 3.25,
  "params": {},
  "cancel": {
    "why": "failure",
    "stage": "read",
    "signal": null,
    "message": "",
    "at_s": 2.5
  },
  "stages": [
    {"name": "read", "argv": ["zcat", "�"], "pid": 100, "verdict": "failed", "exit": 3, "signal": null, "start_s": 0.5, "end_s": 2.5, "user_s": 0.25, "sys_s": 0.05, "max_rss_bytes": 3670016, "voluntary_switches": 7, "involuntary_switches": 2, "bytes_in": null, "bytes_in_are": null, "bytes_out": null, "bytes_out_are": null, "samples": 0, "running_s": null, "blocked_in_s": null, "blocked_out_s": null, "disk_s": null, "sleeping_s": null, "first_byte_s": null, "signals_sent": [], "stderr_tail": ["a", "\"b\""], "line": 5},
    {"name": "count", "argv": ["sort"], "pid": null, "verdict": "not started", "exit": null, "signal": null, "start_s": null, "end_s": null, "user_s": null, "sys_s": null, "max_rss_bytes": null, "voluntary_switches": null, "involuntary_switches": null, "bytes_in": null, "bytes_in_are": null, "bytes_out": null, "bytes_out_are": null, "samples": 0, "running_s": null, "blocked_in_s": null, "blocked_out_s": null, "disk_s": null, "sleeping_s": null, "first_byte_s": null, "signals_sent": [{"signal": "SIGTERM", "at_s": 2.5}]}
  ],
  "helpers": [
    {"name": "copy:read.stdout", "argv": ["pipectl-helper", "copy"], "pid": null, "verdict": null, "exit": null, "signal": null, "start_s": null, "end_s": null, "user_s": null, "sys_s": null, "max_rss_bytes": null, "voluntary_switches": null, "involuntary_switches": null, "bytes_in": null, "bytes_in_are": null, "bytes_out": null, "bytes_out_are": null, "samples": 0, "running_s": null, "blocked_in_s": null, "blocked_out_s": null, "disk_s": null, "sleeping_s": null, "first_byte_s": null, "signals_sent": [], "line": 5}
  ],
  "edges": [
    {"from": "read.stdout", "to": "count.stdin", "via": "pipe", "bytes": null, "bytes_are": null, "empty": null, "full": null, "room": null}
  ],
  "outputs": [
    {"path": "out", "replaced": false, "error": ""}
  ],
  "leftovers": [
    {"pid": 77, "command": "sleep", "stage": "read", "kept": false}
  ],
  "bottleneck": null
}
)x";

const char* const kEventLines =
    R"x({"t":0,"event":"run-started","run":"0123abcd","pipeline":"slow-requests","source":"slow.toml","started_at":"2024-05-06T07:08:09Z","stages":[{"name":"read","helper":false,"argv":["zcat","�"],"line":5},{"name":"count","helper":false,"argv":["sort"],"line":0},{"name":"copy:read.stdout","helper":true,"argv":["pipectl-helper","copy"],"line":5}],"edges":[{"from":"read.stdout","to":"count.stdin","via":"pipe"}],"params":{}}
{"t":0.5,"event":"process-started","stage":"read","pid":100}
{"t":2.5,"event":"process-ended","stage":"read","exit":3,"signal":null,"user_s":0.25,"sys_s":0.05,"max_rss_bytes":3670016}
{"t":2.5,"event":"process-judged","stage":"read","verdict":"failed"}
{"t":2.5,"event":"cancel-began","why":"failure","stage":"read","signal":null,"message":""}
{"t":2.5,"event":"signal-sent","stage":"count","signal":"SIGTERM"}
{"t":3,"event":"leftover-found","pid":77,"command":"sleep","stage":"read","kept":false}
{"t":3,"event":"stderr-tail","stage":"read","text":"a\n\"b\"","shown":false}
{"t":3,"event":"output-decided","path":"out","replaced":false,"error":""}
{"t":3,"event":"process-judged","stage":"count","verdict":"not started"}
{"t":3.25,"event":"run-ended","verdict":"failed","exit":3,"signal":null,"message":"","cleanup":"subreaper"}
)x";

}  // namespace

TEST_CASE("the record has everything that is known, and null for what is not") {
    CHECK(render_record_json(summarize(recorded_run().events())) == kRecord);
}

TEST_CASE("the record of a run without an end says so") {
    const auto record = render_record_json(summarize({}));
    CHECK(record.find("\"verdict\": null") != std::string::npos);
}

TEST_CASE("each event is one line that names its stage") {
    std::string text;
    EventLines lines;
    const auto run = recorded_run();
    for (const auto& event : run.events()) {
        text += lines.line(event);
    }
    CHECK(text == kEventLines);
}
