// The rules of truth as a table of calls: no process is started.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

TEST_CASE("all stages end well: each reader is shown its end when its producer has ended",
          "[R42]") {
    Running run(chain(3));
    CHECK(run.effects.released.empty());
    run.exits(0, 0);
    CHECK(run.effects.released == std::set<int>{0});
    run.exits(1, 0);
    CHECK(run.effects.released == std::set<int>{0, 1});
    CHECK_FALSE(run.director.over());
    run.exits(2, 0);
    REQUIRE(run.director.over());
    const auto outcome = run.director.outcome();
    CHECK(outcome.exit == 0);
    CHECK(outcome.verdict == Verdict::ok);
}

TEST_CASE("a producer fails: its reader is cancelled and never shown an end of data", "[R42]") {
    Running run(chain(3));
    run.exits(0, 3);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {2, SIGTERM}});
    run.dies(1, SIGTERM);
    run.dies(2, SIGTERM);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.outcome();
    CHECK(outcome.exit == 3);
    CHECK(outcome.process == 0);
}

TEST_CASE("a cancelled stage that ends with 0 is still cancelled, and its reader sees no end") {
    Running run(chain(2));
    run.exits(1, 7);
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.effects.released.empty());
    CHECK(run.director.outcome().exit == 7);
}

TEST_CASE("a writer whose reader had enough is cut, up the whole chain") {
    Running run(chain(3));
    run.exits(2, 0);
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a shell that hands on 141 counts as cut too") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 141);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("the writer's end is reported before its reader's: the judgement waits") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    CHECK(run.effects.verdicts.empty());
    CHECK_FALSE(run.director.over());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a reader that closed its input and works on is waited for, however long") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    run.passes(1h);
    CHECK(run.effects.verdicts.empty());
    CHECK(run.effects.signals.empty());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a reader that closed its input and fails later is the cause") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    run.passes(1h);
    run.exits(1, 9);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.effects.released.empty());
    CHECK(run.director.outcome().exit == 9);
    CHECK(run.director.outcome().process == 1);
}

TEST_CASE("a program that got EPIPE and says so by its status is cut") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 1, OnBrokenPipe::answers);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a status counts as the answer to a broken pipe where nobody can tell any more") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 23, OnBrokenPipe::unknown);
    CHECK(run.effects.of(0) == Verdict::cut);
}

TEST_CASE("a program that would have died of SIGPIPE has failed by its own status") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 1, OnBrokenPipe::dies);
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.director.outcome().exit == 1);
}

TEST_CASE("a status is no answer to a broken pipe while the reader reads") {
    Running run(chain(2));
    run.exits(0, 1, OnBrokenPipe::answers);
    CHECK(run.effects.of(0) == Verdict::failed);
    run.dies(1, SIGTERM);
    CHECK(run.director.outcome().exit == 1);
}

TEST_CASE("cut = signal: a status never means a broken pipe, SIGPIPE does") {
    Plan plan = chain(2);
    plan.processes[0].cut_by_signal_only = true;
    SECTION("by a status") {
        Running run(plan);
        run.exits(1, 0);
        run.exits(0, 1, OnBrokenPipe::answers);
        CHECK(run.effects.of(0) == Verdict::failed);
    }
    SECTION("by the signal") {
        Running run(plan);
        run.exits(1, 0);
        run.dies(0, SIGPIPE);
        CHECK(run.effects.of(0) == Verdict::cut);
    }
}

TEST_CASE("both ends are found together, in either order") {
    Running run(chain(2));
    run.happens(occurrence::Ended{{{0, {.signal = SIGPIPE}}, {1, {}}}});
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.effects.of(1) == Verdict::ok);
}

TEST_CASE("a stage that dies of SIGPIPE while its reader lives has failed with 141") {
    Running run(chain(2));
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}});
    run.dies(1, SIGTERM);
    CHECK(run.director.outcome().exit == 141);
}

TEST_CASE("the reader failed: its writer's SIGPIPE is a consequence") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    run.exits(1, 4);
    CHECK(run.effects.of(1) == Verdict::failed);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.director.outcome().exit == 4);
}

TEST_CASE("reader and writer are found failed together: the reader is the cause") {
    Running run(chain(2));
    run.happens(occurrence::Ended{
        {{0, {.code = 1}, OnBrokenPipe::dies}, {1, {.code = 5}, OnBrokenPipe::dies}}});
    CHECK(run.director.outcome().exit == 5);
}

TEST_CASE("who ended before the cancelling signal reached it is judged by what it did") {
    Running run(chain(3));
    run.effects.exiting = {0};
    run.exits(1, 2);
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::ok);
}

TEST_CASE("status 0 that is not in `ok` is a failure with status 1") {
    Plan plan = chain(1);
    plan.processes[0].ok = {3};
    Running run(plan);
    run.exits(0, 0);
    CHECK(run.director.outcome().exit == 1);
}

TEST_CASE("ok = any takes every end") {
    Plan plan = chain(2);
    plan.processes[0].any_ok = true;
    Running run(plan);
    run.dies(0, SIGSEGV);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.released == std::set<int>{0});
}

TEST_CASE("the outside reader left: the last stage is cut and pipectl ends as a filter does") {
    Running run(chain(2));
    run.effects.outside_gone = true;
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    const auto outcome = run.director.outcome();
    CHECK(outcome.signal == SIGPIPE);
    CHECK(outcome.exit == 141);
}

TEST_CASE("a stage's timeout: that stage is late, the others are cancelled, the status is 124") {
    Plan plan = chain(2);
    plan.processes[0].timeout = 1s;
    Running run(plan);
    run.passes(1s);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {1, SIGTERM}});
    run.dies(0, SIGTERM);
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::timeout);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.outcome();
    CHECK(outcome.exit == 124);
    CHECK(outcome.verdict == Verdict::timeout);
}

TEST_CASE("an idle stage is late when nothing went in or out for its time, and not before") {
    Plan plan = chain(3);
    plan.processes[1].idle_timeout = 4s;
    Running run(plan);
    run.effects.moving = {1};
    run.passes(10s);
    CHECK(run.effects.signals.empty());
    run.effects.moving.clear();
    run.passes(3400ms);
    CHECK(run.effects.signals.empty());
    run.passes(1200ms);
    CHECK(run.effects.signals.size() == 3);
    run.dies(1, SIGTERM);
    run.dies(0, SIGTERM);
    run.dies(2, SIGTERM);
    CHECK(run.effects.of(1) == Verdict::timeout);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.director.outcome().exit == 124);
    CHECK(run.director.outcome().process == 1);
}

TEST_CASE("the run's timeout: all who still ran are late") {
    Plan plan = chain(2);
    plan.timeout = 2s;
    Running run(plan);
    run.exits(0, 0);
    run.passes(2s);
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.of(1) == Verdict::timeout);
    CHECK(run.director.outcome().exit == 124);
}

TEST_CASE("a signal that reached the group is not sent again, one that did not is") {
    Running run(chain(2));
    run.happens(occurrence::CancelSignal{SIGINT, {true, false}, false});
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
    run.dies(0, SIGINT);
    run.dies(1, SIGINT);
    const auto outcome = run.director.outcome();
    CHECK(outcome.signal == SIGINT);
    CHECK(outcome.verdict == Verdict::cancelled);
}

TEST_CASE("a second SIGINT kills at once, a third does nothing worse", "[R5]") {
    Running run(chain(2));
    run.happens(occurrence::CancelSignal{SIGINT, {}, false});
    CHECK(run.effects.kills == 0);
    run.happens(occurrence::CancelSignal{SIGINT, {}, false});
    CHECK(run.effects.signals == Signals{{0, SIGINT}, {1, SIGINT}, {0, SIGKILL}, {1, SIGKILL}});
    run.happens(occurrence::CancelSignal{SIGINT, {}, false});
    CHECK(run.effects.signals.size() == 4);
}

TEST_CASE("after the grace period whoever is left is killed", "[R4]") {
    Running run(chain(2));
    run.exits(0, 1);
    run.passes(run.plan.grace);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {1, SIGKILL}});
}

TEST_CASE("a stage's own cancelling signal is used when others failed") {
    Plan plan = chain(2);
    plan.processes[1].cancel_signal = SIGINT;
    Running run(plan);
    run.exits(0, 1);
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
}

TEST_CASE("the stage's own cancelling signal stands in for one that came to pipectl alone") {
    Plan plan = chain(2);
    plan.processes[1].cancel_signal = SIGINT;
    Running run(plan);
    run.happens(occurrence::CancelSignal{SIGTERM, {}, false});
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {1, SIGINT}});
}

TEST_CASE("a signal that did not reach the group after all is passed on later") {
    Running run(chain(2));
    run.effects.to_the_group = false;
    run.happens(occurrence::CancelSignal{SIGTERM, {true, true}, true});
    CHECK(run.effects.signals.empty());
    run.passes(run.plan.grace / 2);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {1, SIGTERM}});
}

TEST_CASE("a start that fails ends what was started, at once") {
    const Plan plan = chain(3);
    Recorder effects;
    Director director(plan, effects);
    const auto happens = [&](const Occurrence& what) {
        for (const Action& action : director.on({}, what)) {
            std::visit([&](const auto& each) { effects.take(each); }, action);
        }
    };
    happens(occurrence::Started{0});
    happens(occurrence::StartFailed{1, "no such program", 127});
    CHECK(effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
    happens(occurrence::AllStarted{});
    happens(occurrence::Ended{{{0, {.signal = SIGKILL}}}});
    REQUIRE(director.over());
    CHECK(director.outcome().exit == 127);
    CHECK(effects.of(1) == Verdict::not_started);
}
