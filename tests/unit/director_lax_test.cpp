// The shell's rules, strict = false, and what no rule excuses, as a table of calls.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;

TEST_CASE("not strict: failures cancel nobody, ends are shown, the last status counts") {
    Plan plan = chain(3);
    plan.strict = false;
    Running run(plan);
    run.exits(0, 9);
    CHECK(run.effects.signals.empty());
    CHECK(run.effects.released == std::set<int>{0});
    run.exits(1, 8);
    run.exits(2, 0);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("not strict: the last stage's failure is the run's") {
    Plan plan = chain(2);
    plan.strict = false;
    Running run(plan);
    run.exits(0, 0);
    run.exits(1, 6);
    const auto outcome = run.director.outcome();
    CHECK(outcome.exit == 6);
    CHECK(outcome.verdict == Verdict::failed);
}

TEST_CASE("a helper that fails is pipectl's own error, in every mode") {
    Plan plan = chain(2);
    plan.strict = false;
    plan.processes[0].role = Role::helper;
    Running run(plan);
    run.exits(0, 1);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}});
    run.dies(1, SIGTERM);
    CHECK(run.director.outcome().exit == 125);
}

TEST_CASE("not strict: a reader that fails has left as any other, and a bridge before it is cut") {
    Plan plan = chain(3);
    plan.strict = false;
    plan.processes[1].role = Role::helper;
    Running run(std::move(plan));
    run.exits(2, 3);
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 3);
}

TEST_CASE("not strict: a bridge whose reader closed its input and lives on is no error of ours") {
    Plan plan = chain(3);
    plan.strict = false;
    plan.processes[1].role = Role::helper;
    Running run(std::move(plan));
    run.effects.abandoned = {1};
    run.dies(1, SIGPIPE);
    run.exits(0, 0);
    run.exits(2, 0);
    CHECK(run.effects.signals.empty());
    CHECK(run.director.outcome().exit == 0);
}
