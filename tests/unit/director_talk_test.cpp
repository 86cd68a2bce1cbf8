// The rules of truth for two stages that talk to each other: each is writer and reader of the
// other.

#include "tests/unit/director_fixture.hpp"

using namespace pipectl;

namespace {

constexpr int kAsk = 0;
constexpr int kCalc = 1;
constexpr int kThere = 0;
constexpr int kBack = 1;

Plan talking_pair() {
    Plan plan;
    for (const char* name : {"ask", "calc"}) {
        Process process;
        process.name = name;
        plan.processes.push_back(process);
    }
    for (const auto& [writer, reader] : {std::pair(kAsk, kCalc), std::pair(kCalc, kAsk)}) {
        Link link;
        link.kind = &kTestPipe;
        link.writer = writer;
        link.reader = reader;
        plan.processes[static_cast<std::size_t>(writer)].descriptors.push_back(
            {1, Descriptor::What::link_writer, static_cast<int>(plan.links.size())});
        plan.links.push_back(link);
    }
    plan.last_stage = kCalc;
    return plan;
}

}  // namespace

TEST_CASE("the one that answers is shown its end when the one that asks has ended well", "[talk]") {
    Running run(talking_pair());
    CHECK(run.effects.released.empty());
    run.exits(kAsk, 0);
    CHECK(run.effects.released == std::set<int>{kThere});
    CHECK(run.effects.told_to_fail == std::vector<int>{kBack});
    run.exits(kCalc, 0);
    CHECK(run.director.over());
    CHECK(run.director.outcome().exit == 0);
}

TEST_CASE("the one that asks is shown no end when the other one has failed", "[talk]") {
    Running run(talking_pair());
    run.dies(kCalc, SIGSEGV);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.signals == Signals{{kAsk, SIGTERM}});
    run.exits(kAsk, 0);
    CHECK(run.effects.of(kAsk) == Verdict::cancelled);
    CHECK(run.director.outcome().process == kCalc);
    CHECK(run.director.outcome().exit == 128 + SIGSEGV);
}

TEST_CASE("the one that answers is cut when the other one had enough, and the other way round",
          "[talk]") {
    for (const int first : {kAsk, kCalc}) {
        CAPTURE(first);
        Running run(talking_pair());
        run.exits(first, 0);
        run.dies(1 - first, SIGPIPE);
        CHECK(run.effects.of(1 - first) == Verdict::cut);
        CHECK(run.director.outcome().exit == 0);
    }
}

TEST_CASE("two that both wait for data are told to write, not to make room", "[talk][R21]") {
    Running run(talking_pair());
    run.effects.waiting = {{true, {kBack}}, {true, {kThere}}};
    run.happens(occurrence::Looked{std::chrono::seconds(5), {}});
    run.dies(kAsk, SIGKILL);
    run.dies(kCalc, SIGKILL);
    const std::string message = run.director.outcome().message;
    CHECK(message.find("'ask' waits for data from 'calc', 'calc' waits for data from 'ask'; one of "
                       "them has to write") != std::string::npos);
    CHECK(run.director.outcome().exit == 125);
}

TEST_CASE("when both end by SIGPIPE nobody has ended well, and the first one has failed",
          "[talk]") {
    for (const int first : {kAsk, kCalc}) {
        CAPTURE(first);
        Running run(talking_pair());
        run.effects.abandoned = {kThere, kBack};
        run.dies(first, SIGPIPE);
        CHECK_FALSE(run.effects.judged(first));
        run.dies(1 - first, SIGPIPE);
        CHECK(run.effects.of(first) == Verdict::failed);
        CHECK(run.effects.of(1 - first) == Verdict::cancelled);
        REQUIRE(run.director.over());
        CHECK(run.director.outcome().exit == 128 + SIGPIPE);
        CHECK(run.director.outcome().process == first);
    }
}
