// The rules of truth where other hosts judge a part of the processes: a table of calls.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

/// A chain of which process i runs on the host that the i-th digit says.
Plan spread(const std::string& hosts) {
    Plan plan = chain(static_cast<int>(hosts.size()));
    const auto highest = static_cast<std::size_t>(*std::ranges::max_element(hosts) - '0');
    for (std::size_t i = 0; i <= highest; ++i) {
        Host host;
        host.name = "h" + std::to_string(i);
        plan.hosts.push_back(host);
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        plan.processes[i].host = hosts[i] - '0';
    }
    return plan;
}

}  // namespace

TEST_CASE("a far process is neither started nor signalled, and its word is waited for", "[R42]") {
    Running run(spread("010"));
    CHECK_FALSE(run.director.may_start(1));
    run.exits(0, 0);
    run.exits(2, 0);
    CHECK_FALSE(run.director.over());
    run.hears(1, Verdict::ok);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 0);
    CHECK(run.effects.signals.empty());
}

TEST_CASE("the end of a far producer's data is shown when its host has judged it well", "[R42]") {
    Running run(spread("010"));
    run.exits(0, 0);
    CHECK(run.effects.released == std::set<int>{0});
    run.hears(1, Verdict::ok);
    CHECK(run.effects.released == std::set<int>{0, 1});
}

TEST_CASE("a far failure is the run's, with its status, and shows no end", "[R42]") {
    Running run(spread("010"));
    run.hears(1, Verdict::failed, {.code = 7});
    CHECK(run.effects.released.empty());
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {2, SIGTERM}});
    run.dies(0, SIGTERM);
    run.dies(2, SIGTERM);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 7);
    CHECK(run.director.outcome().process == 1);
}

TEST_CASE("a writer whose far reader leaves is cut once that one is judged well") {
    Running run(spread("01"));
    run.dies(0, SIGPIPE);
    CHECK_FALSE(run.effects.judged(0));
    run.hears(1, Verdict::ok);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("a writer whose far reader leaves and fails is no cause") {
    Running run(spread("01"));
    run.dies(0, SIGPIPE);
    run.hears(1, Verdict::failed, {.code = 3});
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.director.outcome().exit == 3);
}

TEST_CASE("nobody stops a writer because its far reader is undecided") {
    Plan plan = spread("01");
    plan.processes[0].unread_stop = true;
    Running run(std::move(plan));
    run.passes(10s);
    CHECK(run.effects.signals.empty());
}

TEST_CASE("failures of one round trip are looked at together: the reader is the cause") {
    Running run(spread("11"));
    run.happens(occurrence::FarJudged{
        {{0, Verdict::failed, {.code = 1}}, {1, Verdict::failed, {.code = 5}}}});
    CHECK(run.director.outcome().process == 1);
    CHECK(run.director.outcome().exit == 5);
}

TEST_CASE("a lost host: 125, its processes are lost, all others are cancelled") {
    Running run(spread("012"));
    run.happens(occurrence::HostLost{1, "host 'b' was lost"});
    CHECK(run.effects.of(1) == Verdict::lost);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
    run.dies(0, SIGTERM);
    CHECK_FALSE(run.director.over());
    run.hears(2, Verdict::cancelled);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 125);
    CHECK(run.director.outcome().message == "host 'b' was lost");
}

TEST_CASE("the late word of a lost host changes nothing") {
    Running run(spread("01"));
    run.happens(occurrence::HostLost{1, "host 'b' was lost"});
    run.hears(1, Verdict::ok);
    run.dies(0, SIGTERM);
    CHECK(run.effects.of(1) == Verdict::lost);
    CHECK(run.effects.released.empty());
    CHECK(run.director.outcome().exit == 125);
}

TEST_CASE("what an edge between hosts makes of a lost host is no cause") {
    Plan plan = spread("001");
    plan.processes[1].role = Role::helper;
    Running run(std::move(plan));
    run.exits(1, 125);
    run.dies(0, SIGTERM);
    CHECK_FALSE(run.director.over());
    run.happens(occurrence::HostLost{1, "host 'b' was lost"});
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().message == "host 'b' was lost");
    CHECK(run.director.outcome().process == -1);
}

TEST_CASE("a host that is lost after a stage has failed does not hide that failure") {
    Running run(spread("01"));
    run.exits(0, 4);
    run.happens(occurrence::HostLost{1, "host 'b' was lost"});
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 4);
}

TEST_CASE("a far stage has had its time: 124, and all are ended at once") {
    Running run(spread("01"));
    run.happens(occurrence::FarCancelled{{CancelBegan::Why::stage_timeout, 1, 0, {}}, 0});
    CHECK(run.effects.signals == Signals{{0, SIGTERM}});
    run.dies(0, SIGTERM);
    run.hears(1, Verdict::timeout);
    CHECK(run.director.outcome().exit == 124);
    CHECK(run.director.outcome().process == 1);
}

TEST_CASE("a far stage that cannot be started: its status, and why") {
    Running run(spread("01"));
    run.happens(occurrence::FarCancelled{
        {CancelBegan::Why::internal, -1, 0, "stage 'b' could not be started"}, 127});
    run.dies(0, SIGKILL);
    run.hears(1, Verdict::not_started);
    CHECK(run.director.outcome().exit == 127);
}

TEST_CASE("a far stage that its host has ended is no success") {
    Running run(spread("01"));
    run.hears(1, Verdict::cancelled);
    run.exits(0, 0);
    REQUIRE(run.director.over());
    CHECK(run.director.outcome().exit == 125);
}

TEST_CASE("what starts after a far stage starts when that one has ended well") {
    Plan plan = spread("10");
    plan.links.clear();
    plan.processes[1].after = {{0, false}};
    Running run(std::move(plan));
    CHECK_FALSE(run.director.over());
    CHECK(run.effects.called.empty());
    run.hears(0, Verdict::ok);
    CHECK(run.effects.called == std::vector<int>{1});
}

TEST_CASE("a node is over when its own processes are, and not before they could start") {
    Plan plan = spread("01");
    plan.links.clear();
    plan.processes[1].after = {{0, false}};
    Running node(std::move(plan), 1);
    CHECK_FALSE(node.director.over());
    node.hears(0, Verdict::ok);
    CHECK(node.effects.called == std::vector<int>{1});
    node.happens(occurrence::Started{1});
    node.exits(1, 0);
    CHECK(node.director.over());
}

TEST_CASE("a node ends its own when the launcher says so, and waits for nobody's word then") {
    Running node(spread("10"), 1);
    node.happens(occurrence::EndedByLauncher{CancelBegan::Why::failure, 0, false});
    CHECK(node.effects.signals == Signals{{0, SIGTERM}});
    node.dies(0, SIGPIPE);
    CHECK(node.effects.of(0) == Verdict::cancelled);
    CHECK(node.director.over());
}

TEST_CASE("a node that loses its launcher kills") {
    Running node(spread("10"), 1);
    node.happens(occurrence::EndedByLauncher{CancelBegan::Why::internal, 0, true});
    CHECK(node.effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
    CHECK(node.effects.kills == 1);
}

TEST_CASE("the run's time on a node is the launcher's business") {
    Plan plan = spread("10");
    plan.timeout = 1s;
    Running node(plan, 1);
    node.passes(10s);
    CHECK(node.effects.signals.empty());
    node.happens(occurrence::EndedByLauncher{CancelBegan::Why::run_timeout, 0, false});
    node.dies(0, SIGTERM);
    CHECK(node.effects.of(0) == Verdict::timeout);
}
