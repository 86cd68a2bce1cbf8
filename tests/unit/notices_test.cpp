// Signals that stages get about each other (`notify`): when, to whom, and never twice.

#include "tests/unit/director_fixture.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;

namespace {

/// A chain of two; the first one is told of the second.
Plan told_of(bool first_byte) {
    Plan plan = chain(2);
    plan.processes[0].notices = {{first_byte, 1, SIGUSR1}};
    return plan;
}

}  // namespace

TEST_CASE("who is to know that a stage has ended is told once, however it ended", "[notify]") {
    for (const bool well : {true, false}) {
        Running run(told_of(false));
        if (well) {
            run.exits(1, 0);
            CHECK(run.effects.signals == Signals{{0, SIGUSR1}});
        } else {
            run.dies(1, SIGSEGV);
            CHECK(run.effects.signals == Signals{{0, SIGUSR1}, {0, SIGTERM}});
        }
    }
    Running run(told_of(false));
    run.exits(0, 0);
    run.exits(1, 0);
    CHECK(run.effects.signals.empty());  // nobody is left to be told
}

TEST_CASE("who is to know that an output has begun is told once", "[notify]") {
    Running run(told_of(true));
    run.happens(occurrence::OutputBegan{{0}});
    CHECK(run.effects.signals.empty());
    run.happens(occurrence::OutputBegan{{1}});
    run.happens(occurrence::OutputBegan{{1}});
    run.exits(1, 0);
    CHECK(run.effects.signals == Signals{{0, SIGUSR1}});
}

TEST_CASE("a stage that is started later is told what has happened", "[notify]") {
    Plan plan = chain(2);
    plan.processes[1].notices = {{false, 0, SIGUSR1}};
    Recorder facts;
    Director director(plan, facts);
    (void)director.on(RunTime(0), occurrence::Started{0});
    (void)director.on(RunTime(1), occurrence::Ended{{{0, {.code = 0}, OnBrokenPipe::unknown}}});
    for (const Action& action : director.on(RunTime(2), occurrence::Started{1})) {
        std::visit([&](const auto& each) { facts.take(each); }, action);
    }
    CHECK(facts.signals == Signals{{1, SIGUSR1}});
}

TEST_CASE("notify names another stage of the definition", "[notify]") {
    const std::string more = stage("b", "notify = [{ stage = \"a\", signal = \"USR1\" }]");
    const Planned p = planned_well(stage("a") + more);
    REQUIRE(p.process("b").notices.size() == 1);
    CHECK(p.process("b").notices[0].process == 0);
    CHECK(planned(stage("c") + more).says("there is no stage 'a'"));
    CHECK(planned(stage("a", "notify = [{ stage = \"a\", signal = \"USR1\" }]"))
              .says("stage 'a' is told of itself"));
    const Planned blocked = planned(stage("a", "signals = { block = [\"TERM\"] }"));
    CHECK(blocked.says("warning: SIGTERM, which cancels this stage, is blocked"));
}
