#include "orchestrator/report/bottleneck.hpp"

#include <array>

#include "orchestrator/report/joblog.hpp"
#include "orchestrator/report/table.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library

namespace {

/// Seconds of a run of ten: running, waiting for input, for room, for a disk, asleep.
using Times = std::array<double, 5>;

Account account(const Times& times, int samples = 100) {
    Account account;
    account.samples = samples;
    account.running_s = times[0];
    account.input_s = times[1];
    account.output_s = times[2];
    account.disk_s = times[3];
    account.sleeping_s = times[4];
    return account;
}

/// A chain first -> middle -> last that ran for ten seconds.
Summary chain(const Times& first, const Times& middle, const Times& last, int samples = 100,
              double wall_s = 10) {
    RunEvents run;
    run.process("first", {"seq", "9"}, 1)
        .process("middle", {"/usr/bin/sort"}, 2)
        .process("last", {"wc"}, 3)
        .edge("first.stdout", "middle.stdin", "pipe")
        .edge("middle.stdout", "last.stdin", "pipe")
        .start_run();
    int process = 0;
    for (const Times& times : {first, middle, last}) {
        run.at(0, ProcessStarted{process, 100 + process})
            .end(wall_s, process, {}, Verdict::ok)
            .at(wall_s, ProcessAccounted{process, account(times, samples)});
        ++process;
    }
    run.at(wall_s, RunEnded{});
    return summarize(run.events());
}

std::string name_of(const Summary& summary) {
    return summary.bottleneck
               ? summary.stages[static_cast<std::size_t>(summary.bottleneck->stage)].name
               : "";
}

}  // namespace

TEST_CASE("a stage that waited most of the run for a semaphore or a lock is named with it") {
    RunEvents run;
    run.process("late", {"make"}, 1).start_run();
    run.at(0, ProcessWaits{0, 100, "1 of 'gpu'"})
        .at(8, ProcessStarted{0, 100})
        .end(10, 0, {}, Verdict::ok)
        .at(10, ProcessAccounted{0, account({2, 0, 0, 0, 0})})
        .at(10, RunEnded{});
    const Summary summary = summarize(run.events());
    REQUIRE(summary.bottleneck);
    CHECK(summary.bottleneck->reason == "'late' waited 80 % of the time for 1 of 'gpu'");
}

TEST_CASE("the stage that never waits for its neighbours is named, wherever it stands") {
    const Times blocked = {0.5, 0, 9.5, 0, 0};
    const Times starved = {0.5, 9.5, 0, 0, 0};
    for (const Times& slow : {Times{9.8, 0.2, 0, 0, 0}, Times{0.5, 0.2, 0, 9.3, 0},
                              Times{0.5, 0, 0.2, 0, 9.3}, Times{4, 0.2, 0, 5.8, 0}}) {
        CHECK(name_of(chain(slow, starved, starved)) == "first");
        CHECK(name_of(chain(blocked, slow, starved)) == "middle");
        CHECK(name_of(chain(blocked, blocked, slow)) == "last");
    }
}

TEST_CASE("the reason tells what the stage did and how long the others waited for it") {
    const auto found = *chain({1.9, 0, 8.1, 0, 0}, {9.4, 0.6, 0, 0, 0}, {0, 9, 0, 0, 1}).bottleneck;
    CHECK(found.reason ==
          "'middle' was running 94 % of the time; the stage before it waited 81 % for room, "
          "the stage after it waited 90 % for data");
    CHECK(found.suggestion.find("LC_ALL=C") != std::string::npos);
    const auto last = *chain({0, 0, 10, 0, 0}, {0, 0, 8, 2, 0}, {4, 0, 0, 6, 0}).bottleneck;
    CHECK(last.reason ==
          "'last' was waiting for a disk 60 % of the time and running 40 %; the 2 "
          "stages before it waited 90 % for room");
    CHECK(last.suggestion.find("disk") != std::string::npos);
}

TEST_CASE("no stage is named when none stands out or too little was seen") {
    CHECK(name_of(chain({9.5, 0, 0.5, 0, 0}, {9.4, 0.6, 0, 0, 0}, {1, 9, 0, 0, 0})).empty());
    CHECK(name_of(chain({4, 0, 6, 0, 0}, {4, 3, 3, 0, 0}, {4, 6, 0, 0, 0})).empty());
    CHECK(name_of(chain({0.5, 0, 9.5, 0, 0}, {9.8, 0, 0, 0, 0}, {0, 10, 0, 0, 0}, 1)).empty());
    CHECK(name_of(chain({0, 0, 0, 0, 0}, {0.03, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, 3, 0.03)).empty());
    CHECK_FALSE(summarize({}).bottleneck);
}

TEST_CASE("the outside is named when the pipeline waited for it") {
    const auto fed = chain({0.5, 9.5, 0, 0, 0}, {0.5, 9.5, 0, 0, 0}, {0.5, 9.5, 0, 0, 0});
    CHECK(name_of(fed) == "first");
    CHECK(fed.bottleneck->reason ==
          "'first' waited 95 % of the time for input from outside of the pipeline");
    const auto read = chain({0.5, 0, 9.5, 0, 0}, {0.5, 0, 9.5, 0, 0}, {0.5, 0, 9.5, 0, 0});
    CHECK(name_of(read) == "last");
    CHECK(read.bottleneck->reason ==
          "'last' waited 95 % of the time for whoever reads the pipeline's output");
}

TEST_CASE("a helper that stands in the way is named, and a hostile name is harmless") {
    RunEvents run;
    run.process("a\x1b[2J", {"yes"}, 1)
        .process("send:a", {"pipectl-helper", "send"}, 1, true)
        .start_all();
    run.end(10, 0, {}, Verdict::ok).end(10, 1, {}, Verdict::ok);
    run.at(10, ProcessAccounted{0, account({1, 0, 9, 0, 0})})
        .at(10, ProcessAccounted{1, account({9, 1, 0, 0, 0})})
        .at(10, RunEnded{});
    const auto helper = summarize(run.events());
    CHECK(name_of(helper) == "send:a");
    CHECK(helper.bottleneck->reason == "the helper 'send:a' was running 90 % of the time");
    run.at(10, ProcessAccounted{1, account({1, 9, 0, 0, 0})})
        .at(10, ProcessAccounted{0, account({9, 0, 1, 0, 0})});
    const auto hostile = summarize(run.events());
    CHECK(hostile.bottleneck->reason.find('\x1b') == std::string::npos);
}

TEST_CASE("the table ends with the stage that decided how long the run took") {
    const auto table =
        render_table(chain({0, 0, 10, 0, 0}, {9, 0, 0, 0, 0}, {0, 10, 0, 0, 0}), false);
    CHECK(table.find("100 %") != std::string::npos);
    CHECK(table.find("\nbottleneck: 'middle' was running 90 % of the time") != std::string::npos);
    CHECK(table.find("\n  hint: LC_ALL=C") != std::string::npos);
}

TEST_CASE("the job log has the columns of GNU parallel, a line for each stage") {
    RunEvents run;
    run.process("read", {"zcat", "a b"}, 1)
        .process("kill", {"x\ty\n"}, 2)
        .process("copy", {"pipectl-helper"}, 2, true)
        .process("never", {"wc"}, 3)
        .start_run()
        .at(0.5, ProcessStarted{0, 100})
        .at(0.5, ProcessStarted{1, 101});
    Account account;
    account.bytes_in = 7;
    account.in_is = Exactness::at_most;
    account.bytes_out = 70;
    run.end(2.25, 0, {3, 0, false}, Verdict::failed)
        .end(2.5, 1, {0, 9, false}, Verdict::cancelled)
        .at(2.5, ProcessAccounted{0, account});
    CHECK(render_joblog(summarize(run.events())) ==
          "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
          "1\t:\t1714979289.500\t1.750\t<=7\t~70\t3\t0\tzcat 'a b'\n"
          "2\t:\t1714979289.500\t2.000\t-\t-\t0\t9\t$'x\\ty\\n'\n"
          "3\t:\t1714979289.000\t0.000\t-\t-\t-1\t0\twc\n");
}
