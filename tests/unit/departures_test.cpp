// Readers that leave, writers that close: the rules in time, as a table of calls.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

Plan with(Plan plan, bool Process::*key) {
    plan.processes[0].*key = true;
    return plan;
}

}  // namespace

TEST_CASE("the writer of a reader that has ended is told by its channel") {
    Running run(chain(2));
    run.exits(1, 0);
    CHECK(run.effects.told_to_fail == std::vector<int>{0});
    CHECK(run.effects.warned.empty());
}

TEST_CASE("the writer of a spool file is told when it goes on, not before") {
    Running run(chain(2, kTestFile));
    run.exits(1, 0);
    run.passes(1min);
    CHECK(run.effects.warned.empty());
    run.effects.going_on = {0};
    run.passes(1s);
    CHECK(run.effects.warned.front() == std::pair(0, SIGPIPE));
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE(
    "a writer of a spool file that ignores SIGPIPE gets its cancelling signal, then SIGKILL") {
    Running run(chain(2, kTestFile));
    run.exits(1, 0);
    run.effects.going_on = {0};
    run.passes(200ms);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
    CHECK(run.effects.warned == Signals{{0, SIGPIPE}, {0, SIGTERM}});
    run.passes(run.plan.grace);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
    run.dies(0, SIGKILL);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a writer of a spool file is told also while its last reader works on") {
    Plan plan = chain(3, kTestPipe);
    plan.links[0].kind = &kTestFile;
    plan.processes[1].role = Role::helper;  // the follower
    Running run(plan);
    run.effects.abandoned = {1};
    run.effects.going_on = {0};
    run.dies(1, SIGPIPE);
    run.passes(50ms);
    CHECK(run.effects.warned == Signals{{0, SIGPIPE}});
}

TEST_CASE("a silent producer without readers is waited for") {
    Running run(chain(2));
    run.exits(1, 0);
    run.passes(1h);
    CHECK(run.effects.signals.empty());
    CHECK_FALSE(run.director.over());
}

TEST_CASE("unread = stop: a producer ends with its last reader, and is cut") {
    Running run(with(chain(2), &Process::unread_stop));
    run.exits(1, 0);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
    SECTION("by its cancelling signal") {
        run.dies(0, SIGTERM);
        CHECK(run.effects.of(0) == Verdict::cut);
        CHECK(run.director.outcome().exit == 0);
    }
    SECTION("by SIGKILL when it does not obey") {
        run.passes(run.plan.grace);
        CHECK(run.effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
        run.dies(0, SIGKILL);
        CHECK(run.effects.of(0) == Verdict::cut);
    }
}

TEST_CASE("unread = stop: a reader that closed its input and works on does not read any more") {
    Running run(with(chain(2), &Process::unread_stop));
    run.passes(1min);
    CHECK(run.effects.signals.empty());
    run.effects.abandoned = {0};
    run.passes(1s);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
    run.dies(0, SIGTERM);
    CHECK_FALSE(run.effects.judged(0));
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
}

TEST_CASE("unread = stop: as long as one of two reads, the producer works") {
    Plan plan = with(chain(2), &Process::unread_stop);
    Process third;
    third.name = "c";
    plan.processes.push_back(third);
    Link link;
    link.kind = &kTestPipe;
    link.writer = 0;
    link.reader = 2;
    plan.links.push_back(link);
    plan.processes[0].descriptors = {{1, Descriptor::What::link_writer, 0},
                                     {3, Descriptor::What::link_writer, 1}};
    Running run(plan);
    run.exits(1, 0);
    run.passes(1min);
    CHECK(run.effects.signals.empty());
    run.exits(2, 0);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
}

TEST_CASE("a producer that closed its output holds its reader's end back until it has ended well") {
    Running run(chain(2));
    run.effects.closed = {0};
    run.passes(1h);
    CHECK(run.effects.released.empty());
    run.exits(0, 0);
    CHECK(run.effects.released == std::set<int>{0});
}

TEST_CASE("end = closed: the reader sees the end when its producer closes") {
    Running run(with(chain(2), &Process::end_closed));
    run.passes(1s);
    CHECK(run.effects.released.empty());
    run.effects.closed = {0};
    run.passes(100ms);
    CHECK(run.effects.released == std::set<int>{0});
}

TEST_CASE("end = closed: an exit is no such close") {
    Running run(with(chain(2), &Process::end_closed));
    run.exits(0, 3);
    run.effects.closed = {0};
    run.passes(1s);
    CHECK(run.effects.released.empty());
}

TEST_CASE("an end that is held back is told once") {
    Running run(chain(2));
    run.happens(occurrence::Looked{11s, {0}});
    run.happens(occurrence::Looked{12s, {0}});
    CHECK(run.effects.held_back == std::vector<int>{0});
}

TEST_CASE("a producer that dies of SIGPIPE while another of its readers reads has failed") {
    Plan plan = chain(2);
    Process third;
    third.name = "c";
    plan.processes.push_back(third);
    Link link;
    link.kind = &kTestPipe;
    link.writer = 0;
    link.reader = 2;
    plan.links.push_back(link);
    int other = 3;
    SECTION("of data") {
        plan.processes[0].descriptors = {{1, Descriptor::What::link_writer, 0},
                                         {other, Descriptor::What::link_writer, 1}};
        Running run(plan);
        run.exits(1, 0);
        run.dies(0, SIGPIPE);
        CHECK(run.effects.of(0) == Verdict::failed);
        CHECK(run.effects.released.empty());
    }
    SECTION("of its stderr: that one is shown the end of what was said") {
        other = 2;
        plan.processes[0].descriptors = {{1, Descriptor::What::link_writer, 0},
                                         {other, Descriptor::What::link_writer, 1}};
        Running run(plan);
        run.exits(1, 0);
        run.dies(0, SIGPIPE);
        CHECK(run.effects.of(0) == Verdict::cut);
        CHECK(run.effects.released == std::set<int>{0, 1});
    }
}

TEST_CASE("stages that wait for each other end the run after a while") {
    Running run(chain(2));
    run.effects.waiting = {{true, {0}}, {true, {0}}};
    run.happens(occurrence::Looked{3s, {}});
    CHECK(run.effects.signals.empty());
    run.happens(occurrence::Looked{4s, {}});
    CHECK(run.effects.kills == 1);
    run.happens(occurrence::Ended{{{0, {.signal = SIGKILL}}, {1, {.signal = SIGKILL}}}});
    CHECK(run.director.outcome().exit == 125);
}

TEST_CASE("what outlives its stage is ended, told, and killed when it does not obey") {
    Running run(chain(1));
    run.effects.left = {true, true, {{77, "daemon", "a", false}}};
    run.exits(0, 0);
    CHECK(run.effects.leftovers_ended == 1);
    CHECK_FALSE(run.director.over());
    run.passes(900ms);
    CHECK(run.effects.kills == 0);
    run.passes(200ms);
    CHECK(run.effects.kills > 0);
    run.effects.left = {};
    run.passes(100ms);
    CHECK(run.director.over());
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("what may stay does not hold the run up") {
    Running run(chain(1));
    run.effects.left = {true, false, {{77, "daemon", "a", true}}};
    run.exits(0, 0);
    CHECK(run.director.over());
    CHECK(run.effects.leftovers_ended == 0);
}
