// Who starts after whom, as a table of calls.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

/// Stages without edges; the last starts after all others.
Plan steps(int stages, bool however_they_ended = false) {
    Plan plan = chain(stages);
    plan.links.clear();
    for (int i = 0; i + 1 < stages; ++i) {
        plan.processes.back().after.push_back({i, however_they_ended});
    }
    return plan;
}

}  // namespace

TEST_CASE("a stage starts when all that it comes after have ended well") {
    Running run(steps(3));
    run.exits(0, 0);
    CHECK(run.effects.called.empty());
    run.exits(1, 0);
    REQUIRE(run.effects.called == std::vector<int>{2});
    CHECK_FALSE(run.director.over());
    run.happens(occurrence::Started{2});
    run.exits(2, 0);
    CHECK(run.director.over());
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a stage whose predecessor failed is never started") {
    Running run(steps(2));
    run.exits(0, 3);
    CHECK(run.effects.called.empty());
    CHECK(run.effects.of(1) == Verdict::not_started);
    CHECK(run.director.outcome().exit == 3);
    CHECK(run.director.outcome().process == 0);
}

TEST_CASE("what comes however others ended comes after a failure too, which stays the cause") {
    Running run(steps(2, true));
    run.exits(0, 3);
    REQUIRE(run.effects.called == std::vector<int>{1});
    CHECK_FALSE(run.director.over());
    run.happens(occurrence::Started{1});
    run.passes(60s);
    CHECK(run.effects.kills == 0);  // the grace was of those that were cancelled
    run.exits(1, 5);
    CHECK(run.effects.of(1) == Verdict::failed);
    CHECK(run.director.outcome().exit == 3);
    CHECK(run.director.outcome().process == 0);
}

TEST_CASE("a signal ends what was started after a failure, and starts nothing") {
    Running run(steps(2, true));
    run.exits(0, 3);
    run.happens(occurrence::Started{1});
    run.happens(occurrence::CancelSignal{SIGTERM, {}, false});
    CHECK(run.effects.signals.back() == std::pair(1, SIGTERM));
    run.dies(1, SIGTERM);
    CHECK(run.director.over());

    Running cancelled(steps(2, true));
    cancelled.happens(occurrence::CancelSignal{SIGINT, {}, false});
    cancelled.dies(0, SIGINT);
    CHECK(cancelled.effects.called.empty());
    CHECK(cancelled.director.over());
}

TEST_CASE("by the shell's rules a failure keeps its followers from starting, and nobody else") {
    Plan plan = chain(3);
    plan.strict = false;
    plan.processes[1].after.push_back({0, false});
    Running run(plan);
    run.exits(0, 3);
    CHECK(run.effects.given_up == std::vector<int>{1});
    CHECK(run.effects.of(1) == Verdict::not_started);
    CHECK(run.effects.released.contains(1));  // its reader sees an end
    run.exits(2, 0);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("the status of a last stage that never started is that of what kept it from starting") {
    Plan plan = steps(2);
    plan.strict = false;
    Running run(plan);
    run.exits(0, 4);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 4);
}

TEST_CASE("the timeout of a stage counts from when it has what it holds") {
    Plan plan = chain(1);
    plan.processes[0].timeout = 2000ms;
    plan.processes[0].needs.push_back({0, 1});
    Running run(plan);
    run.passes(60s);
    CHECK(run.effects.signals.empty());
    run.happens(occurrence::HasAll{0});
    run.passes(1s);
    CHECK(run.effects.signals.empty());
    run.passes(2s);
    CHECK(run.effects.signals == std::vector<std::pair<int, int>>{{0, SIGTERM}});
}

TEST_CASE("a lock that is held ends the run with 125") {
    Plan plan = chain(2);
    plan.processes[1].lock = LockWanted{};
    Running run(plan);
    run.happens(occurrence::StartFailed{1, "lock 'f' is held", 125});
    run.exits(1, 125);
    run.dies(0, SIGKILL);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 125);
    CHECK(run.director.outcome().message == "stage 'b' could not be started: lock 'f' is held");
}
