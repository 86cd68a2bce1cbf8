// The rules of truth as a table of calls: no process is started.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;

TEST_CASE("all stages end well: each reader is shown its end when its producer has ended",
          "[R42]") {
    Running run(chain(3));
    CHECK(run.effects.released.empty());
    run.exits(0, 0);
    CHECK(run.effects.released == std::set<int>{0});
    run.exits(1, 0);
    CHECK(run.effects.released == std::set<int>{0, 1});
    CHECK_FALSE(run.director.all_ended());
    run.exits(2, 0);
    REQUIRE(run.director.all_ended());
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 0);
    CHECK(outcome.verdict == Verdict::ok);
}

TEST_CASE("a producer fails: its reader is cancelled and never shown an end of data", "[R42]") {
    Running run(chain(3));
    run.exits(0, 3);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {2, SIGTERM}});
    CHECK(run.effects.graces == 1);
    run.dies(1, SIGTERM);
    run.dies(2, SIGTERM);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 3);
    CHECK(outcome.process == 0);
}

TEST_CASE("a cancelled stage that ends with 0 is still cancelled, and its reader sees no end") {
    Running run(chain(2));
    run.exits(1, 7);
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.effects.released.empty());
    CHECK(run.director.finish().exit == 7);
}

TEST_CASE("a writer whose reader had enough is cut, up the whole chain") {
    Running run(chain(3));
    run.exits(2, 0);
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a shell that hands on 141 counts as cut too") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 141);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("the writer's end is reported before its reader's: the judgement waits") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    CHECK(run.effects.verdicts.empty());
    CHECK_FALSE(run.director.all_ended());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a reader that closed its input and ends soon after had enough") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    CHECK(run.effects.patient == std::vector<int>{0});
    CHECK(run.effects.verdicts.empty());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a reader that closed its input and lives on makes its writer fail with 141") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    run.director.patience_over(0);
    CHECK(run.effects.of(0) == Verdict::failed);
    run.dies(1, SIGTERM);
    CHECK(run.director.finish().exit == 141);
}

TEST_CASE("both ends are found together, in either order") {
    Running run(chain(2));
    run.director.ended({{0, {.signal = SIGPIPE}}, {1, {}}});
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.effects.of(1) == Verdict::ok);
}

TEST_CASE("a stage that dies of SIGPIPE while its reader lives has failed with 141") {
    Running run(chain(2));
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}});
    run.dies(1, SIGTERM);
    CHECK(run.director.finish().exit == 141);
}

TEST_CASE("the reader failed: its writer's SIGPIPE is a consequence") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    run.exits(1, 4);
    CHECK(run.effects.of(1) == Verdict::failed);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.director.finish().exit == 4);
}

TEST_CASE("reader and writer are found failed together: the reader is the cause") {
    Running run(chain(2));
    run.director.ended({{0, {.code = 1}}, {1, {.code = 5}}});
    CHECK(run.director.finish().exit == 5);
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
    CHECK(run.director.finish().exit == 1);
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
    const auto outcome = run.director.finish();
    CHECK(outcome.signal == SIGPIPE);
    CHECK(outcome.exit == 141);
}

TEST_CASE("a stage's timeout: that stage is late, the others are cancelled, the status is 124") {
    Running run(chain(2));
    run.director.stage_timed_out(0);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {1, SIGTERM}});
    run.dies(0, SIGTERM);
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::timeout);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 124);
    CHECK(outcome.verdict == Verdict::timeout);
}

TEST_CASE("the run's timeout: all who still ran are late") {
    Running run(chain(2));
    run.exits(0, 0);
    run.director.run_timed_out();
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.of(1) == Verdict::timeout);
    CHECK(run.director.finish().exit == 124);
}

TEST_CASE("a signal that reached the group is not sent again, one that did not is") {
    Running run(chain(2));
    run.director.cancelled_by_signal(SIGINT, {true, false});
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
    run.dies(0, SIGINT);
    run.dies(1, SIGINT);
    const auto outcome = run.director.finish();
    CHECK(outcome.signal == SIGINT);
    CHECK(outcome.verdict == Verdict::cancelled);
}

TEST_CASE("a second SIGINT kills at once, a third does nothing worse", "[R5]") {
    Running run(chain(2));
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.kills == 0);
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.signals == Signals{{0, SIGINT}, {1, SIGINT}, {0, SIGKILL}, {1, SIGKILL}});
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.signals.size() == 4);
}

TEST_CASE("after the grace period whoever is left is killed", "[R4]") {
    Running run(chain(2));
    run.exits(0, 1);
    run.director.grace_over();
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {1, SIGKILL}});
}

TEST_CASE("a stage's own cancelling signal is used when others failed") {
    Plan plan = chain(2);
    plan.processes[1].cancel_signal = SIGINT;
    Running run(plan);
    run.exits(0, 1);
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
}

TEST_CASE("a socket's writer is watched once its reader has ended") {
    Running run(chain(2, kTestSocket));
    run.exits(1, 0);
    CHECK(run.effects.watched == std::vector<int>{0});
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::cut);
}

TEST_CASE("a start that fails ends what was started, at once") {
    const Plan plan = chain(3);
    Recorder effects;
    Director director(plan, effects);
    director.started(0);
    director.give_up("no such program", 127);
    CHECK(effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
    director.ended({{0, {.signal = SIGKILL}}});
    REQUIRE(director.all_ended());
    const auto outcome = director.finish();
    CHECK(outcome.exit == 127);
    CHECK(effects.of(1) == Verdict::not_started);
}
