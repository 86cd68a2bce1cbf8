// What became of each stage, as `--json` tells it: every verdict at every place of a pipeline.
//
// The pipeline is a chain of three with a branch: first -> middle -> last, first -> branch -> tip.

#include <unistd.h>

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"

using namespace pipectl::test;

namespace {

const std::vector<std::string> kPlaces = {"first", "middle", "last", "branch"};

struct Stages {
    std::string first = misbehaving("first", {"write", "300000"});
    std::string middle = stage("middle", {"cat"});
    std::string last = misbehaving("last", {"sum"});
    std::string branch = stage("branch", {"cat"}, {"from = 'first'"});
    std::string tip = misbehaving("tip", {"sum"}, {"from = 'branch'", "stdout = { null = true }"});

    [[nodiscard]] std::string text() const { return first + middle + last + branch + tip; }

    /// Puts another program at a place; `arguments` are the helper program's.
    void put(const std::string& place, const std::vector<std::string>& arguments,
             std::vector<std::string> more = {}) {
        if (place == "branch") {
            more.emplace_back("from = 'first'");
        }
        std::string& there = place == "first"    ? first
                             : place == "middle" ? middle
                             : place == "last"   ? last
                                                 : branch;
        there = misbehaving(place, arguments, more);
    }
};

struct Outcome {
    RunResult result;
    Record record;
};

Outcome outcome_of(const TemporaryFolder& folder, const std::string& definition,
                   const RunOptions& options = {}) {
    RunResult result = run_pipectl(folder, definition, {"--json", "record.json"}, options);
    return {std::move(result), Record(folder.read("record.json"))};
}

/// A stage that may have ended by itself, or have been ended, when the run was cancelled.
bool is_bystander(const std::string& verdict) {
    return verdict == "ok" || verdict == "cut" || verdict == "cancelled";
}

}  // namespace

TEST_CASE("all stages of a good run are ok", "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Outcome outcome = outcome_of(folder, Stages().text());
    CAPTURE(outcome.result);
    CHECK(outcome.result.status == exited(0));
    CHECK(outcome.record.verdict() == "ok");
    for (const char* name : {"first", "middle", "last", "branch", "tip"}) {
        CHECK(outcome.record.verdict(name) == "ok");
        CHECK(outcome.record.member(name, "exit") == "0");
    }
}

TEST_CASE("a stage that fails is named as failed, wherever it stands, and decides the status",
          "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string place = GENERATE(from_range(kPlaces));
    CAPTURE(place);
    Stages stages;
    stages.put(place, place == "first"
                          ? std::vector<std::string>{"emit-then-fail", "300000", "7"}
                          : std::vector<std::string>{"read-then-exit", "1000000", "7"});
    const Outcome outcome = outcome_of(folder, stages.text());
    CAPTURE(outcome.result);
    CHECK(outcome.result.status == exited(7));
    CHECK(outcome.record.verdict() == "failed");
    CHECK(outcome.record.verdict(place) == "failed");
    CHECK(outcome.record.member(place, "exit") == "7");
    for (const char* name : {"first", "middle", "last", "branch", "tip"}) {
        CAPTURE(name);
        CHECK((name == place || is_bystander(outcome.record.verdict(name))));
    }
    if (place == "first" || place == "middle") {
        CHECK(outcome.record.verdict("last") == "cancelled");
    }
    if (place == "first" || place == "branch") {
        CHECK(outcome.record.verdict("tip") == "cancelled");
    }
}

TEST_CASE("a stage whose readers had enough is cut, and the run is ok", "[R24][R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Stages stages;
    stages.put("first", {"write-forever"});
    SECTION("all that feed a reader which leaves, on both branches") {
        stages.put("last", {"read-then-exit", "100"});
        stages.tip = misbehaving("tip", {"read-then-exit", "100"}, {"from = 'branch'"});
        const Outcome outcome = outcome_of(folder, stages.text());
        CAPTURE(outcome.result);
        CHECK(outcome.result.status == exited(0));
        for (const char* name : {"first", "middle", "branch"}) {
            CAPTURE(name);
            CHECK(outcome.record.verdict(name) == "cut");
            CHECK(outcome.record.member(name, "signal") == "\"SIGPIPE\"");
        }
        CHECK(outcome.record.verdict("last") == "ok");
        CHECK(outcome.record.verdict("tip") == "ok");
    }
    SECTION("the branch alone, while the others get everything") {
        stages.put("first", {"write", "5000000"});
        stages.tip = misbehaving("tip", {"read-then-exit", "100"}, {"from = 'branch'"});
        const Outcome outcome = outcome_of(folder, stages.text());
        CAPTURE(outcome.result);
        CHECK(outcome.result.status == exited(0));
        CHECK(outcome.record.verdict("first") == "ok");
        CHECK(outcome.record.verdict("middle") == "ok");
        CHECK(outcome.record.verdict("branch") == "cut");
        CHECK(outcome.result.out == to_line(pattern_sum(5000000)));
    }
}

TEST_CASE("a stage that is too slow has timed out, and the run ends with 124", "[R24][R31]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string place = GENERATE(from_range(kPlaces));
    CAPTURE(place);
    Stages stages;
    stages.put(place, {"announce", "pid", "1000"}, {"timeout = '200ms'"});
    const Outcome outcome = outcome_of(folder, stages.text());
    CAPTURE(outcome.result);
    CHECK(outcome.result.status == exited(124));
    CHECK(outcome.result.wall_s < 10);
    CHECK(outcome.record.verdict() == "timeout");
    CHECK(outcome.record.verdict(place) == "timeout");
    for (const char* name : {"first", "middle", "last", "branch", "tip"}) {
        CAPTURE(name);
        CHECK((name == place || is_bystander(outcome.record.verdict(name))));
    }
}

TEST_CASE("a stage that is ended because another failed is cancelled, wherever it stands",
          "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string place = GENERATE(from_range(kPlaces));
    CAPTURE(place);
    Stages stages;
    stages.put(place, {"announce", "pid", "1000"});
    const std::string other =
        misbehaving("other", {"wait-for-file", "pid", "5"}, {"stdin = { null = true }"});
    const Outcome outcome = outcome_of(folder, stages.text() + other);
    CAPTURE(outcome.result);
    CHECK(outcome.result.status == exited(5));
    CHECK(outcome.record.verdict("other") == "failed");
    CHECK(outcome.record.verdict(place) == "cancelled");
    CHECK(outcome.record.member(place, "signal") == "\"SIGTERM\"");
}

TEST_CASE("a run that is too slow has timed out, and so has each stage that still ran",
          "[R24][R31]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Stages stages;
    stages.put("middle", {"announce", "pid", "1000"});
    SECTION("as the definition says") {
        const Outcome outcome = outcome_of(folder, pipeline({"timeout = '300ms'"}) + stages.text());
        CAPTURE(outcome.result);
        CHECK(outcome.result.status == exited(124));
        CHECK(outcome.record.verdict() == "timeout");
        CHECK(outcome.record.verdict("middle") == "timeout");
        CHECK(outcome.record.verdict("last") == "timeout");
    }
    SECTION("as the command line says") {
        const RunResult result = run_pipectl(folder, stages.text(), {"--timeout", "300ms"});
        CAPTURE(result);
        CHECK(result.status == exited(124));
        CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring("timed out"));
    }
}

TEST_CASE("a signal to pipectl cancels every stage, and pipectl ends by the same signal") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int number = GENERATE(SIGTERM, SIGINT, SIGHUP, SIGQUIT);
    CAPTURE(number);
    Stages stages;
    stages.put("middle", {"announce", "pid", "1000"});
    Child run = start_pipectl(folder, stages.text(), {"--json", "record.json"});
    REQUIRE(wait_until([&] { return folder.has("pid"); }, 10s));
    run.signal(number);
    const RunResult result = run.finish();
    CAPTURE(result);
    CHECK(result.status == killed_by(number));
    const Record record(folder.read("record.json"));
    CHECK(record.verdict() == "cancelled");
    CHECK(record.verdict("middle") == "cancelled");
    CHECK(record.verdict("last") == "cancelled");
}

TEST_CASE("whoever reads pipectl may have had enough, and pipectl ends as a filter does") {
    const LeakCheck check;
    const TemporaryFolder folder;
    auto [reader, writer] = pipectl::make_pipe();
    Child run = start_pipectl(folder, stage("yes", {"yes"}) + stage("pass", {"cat"}),
                              {"--json", "record.json"}, {.stdout_fd = writer.get()});
    writer.reset();
    char bytes[6];
    REQUIRE(::read(reader.get(), bytes, sizeof bytes) > 0);
    reader.reset();
    const RunResult result = run.finish();
    CAPTURE(result);
    CHECK(result.status == killed_by(SIGPIPE));
    CHECK(result.err.empty());
    const Record record(folder.read("record.json"));
    CHECK(record.verdict("yes") == "cut");
    CHECK(record.verdict("pass") == "cut");
}
