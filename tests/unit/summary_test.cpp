#include "orchestrator/report/summary.hpp"

#include <csignal>

#include "orchestrator/report/status_lines.hpp"
#include "orchestrator/report/table.hpp"
#include "orchestrator/report/wording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library
using Catch::Matchers::ContainsSubstring;

namespace {

RunEvents failed_run() {
    RunEvents run;
    run.process("read", {"zcat"}, 5)
        .process("count", {"sort"}, 9)
        .process("copy:read.stdout", {"pipectl-helper", "copy"}, 5, true)
        .process("late", {"wc"}, 12)
        .edge("read.stdout", "count.stdin", "pipe")
        .start_run();
    for (int i = 0; i < 3; ++i) {
        run.at(0.5, ProcessStarted{i, 100 + i});
    }
    run.end(2.5, 1, {3, 0, false}, Verdict::failed)
        .at(2.5, CancelBegan{CancelBegan::Why::failure, 1, 0, ""})
        .at(2.5, CancelBegan{CancelBegan::Why::signal, -1, SIGINT, ""})
        .at(2.5, SignalSent{0, SIGTERM});
    return run;
}

}  // namespace

TEST_CASE("a summary has one entry for each process, also while the run goes on") {
    const auto summary = summarize(failed_run().events());
    REQUIRE(summary.stages.size() == 4);
    CHECK(summary.run == "0123abcd");
    CHECK(summary.edges.size() == 1);
    CHECK(summary.stages[0].running());
    CHECK(summary.stages[0].pid == 100);
    CHECK_FALSE(summary.stages[0].verdict);
    CHECK(summary.stages[0].signals.at(0).signal == SIGTERM);
    CHECK(summary.stages[1].end_s == 2.5);
    CHECK(summary.stages[1].status->code == 3);
    CHECK(summary.stages[1].use.user_s == 0.25);
    CHECK(summary.stages[2].helper);
    CHECK_FALSE(summary.stages[3].pid);
    CHECK_FALSE(summary.end);
    CHECK(summary.wall_s == 2.5);
    CHECK(summary.cancel->what.why == CancelBegan::Why::failure);
}

TEST_CASE("events of processes that nobody announced are left aside") {
    const std::vector<Event> events = {{0.5, ProcessStarted{3, 100}}, {1, ProcessJudged{-1, {}}}};
    CHECK(summarize(events).stages.empty());
    CHECK(summarize({}).wall_s == 0);
}

TEST_CASE("the table is aligned, with helpers in brackets and a total") {
    auto run = failed_run();
    run.end(3, 0, {0, SIGTERM, false}, Verdict::cancelled)
        .end(3, 2, {0, 0, false}, Verdict::ok)
        .at(3, ProcessJudged{3, Verdict::not_started})
        .at(3.25, RunEnded{Verdict::failed, 3, 0, ""});
    CHECK(
        render_table(summarize(run.events()), false) ==
        "stage               verdict      status    wall    user     sys   memory  in  out  "
        "starved  blocked\n"
        "read                cancelled    SIGTERM  2.5 s  250 ms   50 ms  3.5 MiB   -    -        "
        "-        -\n"
        "count               failed       3        2.0 s  250 ms   50 ms  3.5 MiB   -    -        "
        "-        -\n"
        "late                not started  -            -       -       -        -   -    -        "
        "-        -\n"
        "[copy:read.stdout]  ok           0        2.5 s  250 ms   50 ms  3.5 MiB   -    -        "
        "-        -\n"
        "the run             failed       3        3.2 s  750 ms  150 ms  3.5 MiB\n");
    const auto coloured = render_table(summarize(run.events()), true);
    CHECK(coloured.find("\x1b[1;31mfailed     \x1b[0m") != std::string::npos);
}

TEST_CASE("the status says what each stage is doing") {
    CHECK(render_status(summarize(failed_run().events()), 3.5) ==
          "pipectl: 'slow-requests' after 3.5 s: 1 of 3 stages running, being cancelled\n"
          "  read   running for 3.0 s (pid 100), SIGTERM sent 1.0 s ago\n"
          "  count  ended failed after 2.0 s, exited with status 3\n"
          "  late   waiting to be started\n");
}

TEST_CASE("amounts of memory are shown in the unit that fits") {
    CHECK(format_memory(0) == "0 B");
    CHECK(format_memory(1023) == "1023 B");
    CHECK(format_memory(1024) == "1.0 KiB");
    CHECK(format_memory(1024L * 1024 - 1) == "1.0 MiB");
    CHECK(format_memory(5L * 1024 * 1024 * 1024) == "5.0 GiB");
}

TEST_CASE("a very long command is cut at a whole character") {
    const auto shown = shown_command({"echo", std::string(299, 'x') + "\xc3\xa4\xc3\xa4"});
    CHECK(shown == "echo " + std::string(295, 'x') + " ...");
    const auto umlauts =
        shown_command({"e", std::string(297, 'x') + "\xc3\xa4" + std::string(5, 'x')});
    CHECK(umlauts == "e " + std::string(297, 'x') + "\xc3\xa4 ...");
}

TEST_CASE("what replicas did is told below their stage, and the last word counts", "[replicas]") {
    RunEvents run;
    run.process("a", {"a"}, 1).start_all();
    Sampled seen;
    seen.processes.resize(1);
    seen.processes[0].replicas = {{1, 2, 3, 0.5, 0, 1024}};
    run.at(1, seen);
    const Summary before = summarize(run.events());
    CHECK(before.stages[0].replicas == seen.processes[0].replicas);
    CHECK(before.moments[0].seen.processes[0].replicas.empty());
    run.at(2, ProcessAccounted{0, {}, {{5, 6, 7, 0.5, 0, 1024}}}).at(3, seen);
    const Summary after = summarize(run.events());
    REQUIRE(after.stages[0].replicas.size() == 1);
    CHECK(after.stages[0].replicas[0].blocks == 5);
    CHECK_THAT(render_table(after, false), ContainsSubstring("  replica 0  5 blocks"));
}
