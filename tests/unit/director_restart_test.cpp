// `restart`: which ends are followed by a new start, and when.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

Plan with_restart(int process, RestartPolicy policy, int stages = 3) {
    Plan plan = chain(stages);
    plan.processes[process].restart = policy;
    return plan;
}

RestartPolicy on_failure(int max = 5) {
    RestartPolicy policy;
    policy.max = max;
    return policy;
}

RestartPolicy always() {
    RestartPolicy policy;
    policy.always = true;
    return policy;
}

}  // namespace

TEST_CASE("a stage that failed is started again after its delay, which doubles") {
    Running run(with_restart(1, on_failure()));
    for (const auto delay : {1000ms, 2000ms, 4000ms, 8000ms, 16000ms}) {
        run.effects.called.clear();
        run.exits(1, 1);
        CHECK_FALSE(run.effects.judged(1));
        CHECK(run.effects.signals.empty());
        run.passes(delay - 1ms);
        CHECK(run.effects.called.empty());
        run.passes(1ms);
        REQUIRE(run.effects.called == std::vector{1});
        run.happens(occurrence::Started{1});
    }
    run.exits(1, 1);  // the sixth of its processes
    CHECK(run.effects.of(1) == Verdict::failed);
    CHECK(run.effects.for_good == std::vector{1});
    CHECK(run.effects.signals.size() == 2);
}

TEST_CASE("a stage that rests shows nobody an end, and its writer does not lose it") {
    Running run(with_restart(1, on_failure()));
    run.exits(1, 1);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.told_to_fail.empty());
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::ok);
    run.passes(1s);
    run.happens(occurrence::Started{1});
    run.exits(1, 0);
    CHECK(run.effects.of(1) == Verdict::ok);
    CHECK(run.effects.released == std::set{0, 1});
    run.exits(2, 0);
    CHECK(run.director.over());
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("after a failure alone: a good end is the end") {
    Running run(with_restart(0, on_failure()));
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.for_good == std::vector{0});
}

TEST_CASE("always: again after a good end, until its input has ended") {
    Running run(with_restart(1, always()));
    run.exits(1, 0);
    CHECK_FALSE(run.effects.judged(1));
    run.passes(1s);
    run.happens(occurrence::Started{1});
    run.effects.input_ended = {1};
    run.exits(1, 0);
    CHECK(run.effects.of(1) == Verdict::ok);
}

TEST_CASE("always: not when nobody reads it any more") {
    Running run(with_restart(0, always()));
    run.exits(1, 0);
    run.dies(0, SIGPIPE);
    run.exits(2, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.over());
}

TEST_CASE("not when a writer was ended because it had closed its input") {
    Plan plan = with_restart(1, on_failure());
    plan.processes[0].unread_stop = true;
    Running run(plan);
    run.effects.abandoned = {0};
    run.passes(1s);
    run.dies(0, SIGTERM);
    CHECK_FALSE(run.effects.judged(0));
    run.exits(1, 1);
    CHECK(run.effects.of(1) == Verdict::failed);
}

TEST_CASE("a writer that ended well in the same look has not been cut") {
    Running run(with_restart(1, on_failure()));
    run.happens(occurrence::Ended{
        {{0, {.code = 0}, OnBrokenPipe::dies}, {1, {.code = 1}, OnBrokenPipe::dies}}});
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK_FALSE(run.effects.judged(1));
}

TEST_CASE("a cancel in the delay ends it") {
    Running run(with_restart(1, on_failure()));
    run.exits(1, 1);
    run.happens(occurrence::CancelSignal{SIGINT, {}, false});
    CHECK(run.effects.of(1) == Verdict::cancelled);
    run.dies(0, SIGINT);
    run.dies(2, SIGINT);
    run.passes(10s);
    CHECK(run.effects.called.empty());
    CHECK(run.director.over());
    CHECK(run.director.outcome().signal == SIGINT);
}

TEST_CASE("a run that waits for restarts alone is ended by its timeout") {
    Plan plan = with_restart(0, always(), 1);
    plan.timeout = 500ms;
    Running run(plan);
    run.exits(0, 0);
    CHECK_FALSE(run.director.over());
    run.passes(500ms);
    CHECK(run.effects.of(0) == Verdict::timeout);
    CHECK(run.director.over());
    CHECK(run.director.outcome().exit == 124);
}

TEST_CASE("two that fail in one look both rest, and nobody is cut by the other") {
    Plan plan = with_restart(1, on_failure());
    plan.processes[0].restart = on_failure();
    Running run(plan);
    run.happens(occurrence::Ended{
        {{0, {.code = 1}, OnBrokenPipe::answers}, {1, {.code = 1}, OnBrokenPipe::answers}}});
    CHECK(run.effects.verdicts.empty());
    run.passes(1s);
    CHECK(run.effects.called.size() == 2);
}

TEST_CASE("one that ran for a minute begins with the first delay") {
    Running run(with_restart(0, on_failure(), 1));
    for (int i = 0; i < 3; ++i) {
        run.passes(61s);
        run.effects.called.clear();
        run.exits(0, 1);
        run.passes(1s);
        REQUIRE(run.effects.called == std::vector{0});
        run.happens(occurrence::Started{0});
    }
}
