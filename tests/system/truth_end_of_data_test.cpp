// No stage is shown an end of data that is not true. The proof is a stage that writes a file when
// it has seen the end of its input; `with-signals ignore:SIGTERM` makes it outlive its
// cancellation.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using pipectl::ExitStatus;

namespace {

std::string every_channel() {
    return GENERATE(from_range(channels()));
}

std::string via(const std::string& channel) {
    return "via = '" + channel + "'";
}

/// Reads all, and tells by the file `saw-NAME` that it saw the end.
std::string witness(const std::string& name, const std::vector<std::string>& more = {}) {
    return misbehaving(name, {"sum", "saw-" + name}, more);
}

struct Graph {
    const char* title;
    std::string stages;
    int status;
};

std::vector<Graph> graphs_with_a_failure() {
    const std::string fails = shell("gen", "seq 1000; exit 3");
    return {
        {"straight", fails + witness("end"), 3},
        {"through another stage", fails + stage("pass", {"cat"}) + witness("end"), 3},
        {"two readers of one port",
         fails + witness("end", {"stdout = { null = true }"}) +
             witness("other", {"from = 'gen'", "stdout = { null = true }"}),
         3},
        {"dealt to two",
         shell("gen", "seq 1000; exit 3", {"fan-out = 'deal'"}) +
             witness("end", {"stdout = { null = true }"}) +
             witness("other", {"from = 'gen'", "stdout = { null = true }"}),
         3},
        {"hashed to two",
         shell("gen", "seq 1000; exit 3", {"fan-out = { by = 'hash', field = 1 }"}) +
             witness("end", {"stdout = { null = true }"}) +
             witness("other", {"from = 'gen'", "stdout = { null = true }"}),
         3},
        {"after a good one",
         shell("good", "seq 5") + shell("gen", "seq 1000; exit 3", {"stdin = { null = true }"}) +
             witness("end", {"from = ['good', 'gen']"}),
         3},
        {"lines of two",
         shell("good", "seq 5") + shell("gen", "seq 1000; exit 3", {"stdin = { null = true }"}) +
             witness("end", {"from = ['good', 'gen']", "fan-in = 'lines'"}),
         3},
        {"in the middle", shell("first", "seq 1000") + shell("gen", "cat; exit 4") + witness("end"),
         4},
        {"its feeder is endless",
         stage("first", {"yes"}) + shell("gen", "head -n 5; exit 4") + witness("end"), 4},
        {"by a signal", shell("gen", "seq 1000; kill -9 $$") + witness("end"), 128 + SIGKILL},
        {"through a spill buffer", fails + witness("end", {"buffer = 'spill'"}), 3},
        {"a named output",
         shell("gen", "seq 1000 > $PIPECTL_OUT_side; exit 3",
               {"outputs = ['side']", "stdout = { null = true }"}) +
             witness("end", {"from = 'gen.side'"}),
         3},
        {"a named input",
         fails + shell("end", "cat $PIPECTL_IN_x > /dev/null && echo > saw-end",
                       {"stdin = { null = true }", "inputs = { x = 'gen' }"}),
         3},
        {"stderr", shell("gen", "seq 1000 >&2; exit 3") + witness("end", {"from = 'gen.stderr'"}),
         3},
    };
}

}  // namespace

TEST_CASE("no reader sees the end of its data when the producer has failed", "[R42]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    for (const Graph& graph : graphs_with_a_failure()) {
        CAPTURE(graph.title, channel);
        const std::string before = folder.has("saw-end") ? "left over" : "";
        REQUIRE(before.empty());
        const RunResult result = run_pipectl(folder, pipeline({via(channel)}) + graph.stages,
                                             {"--json", "record.json"}, {.timeout = 20s});
        CAPTURE(result);
        CHECK(result.status == exited(graph.status));
        CHECK_FALSE(folder.has("saw-end"));
        CHECK_FALSE(folder.has("saw-other"));
        const Record record(folder.read("record.json"));
        CHECK(record.verdict() == "failed");
        CHECK(record.verdict("gen") == "failed");
        CHECK(record.verdict("end") == "cancelled");
    }
}

TEST_CASE("a reader that ignores its cancellation is killed before it can see an end of data",
          "[R42][R4]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    CAPTURE(channel);
    const RunResult result = run_pipectl(
        folder,
        pipeline({via(channel), "grace = '200ms'"}) +
            shell("gen", "seq 1000; " + misbehave() + " wait-for-file ready; exit 3") +
            shell("end", "trap '' TERM; echo > ready; exec " + misbehave() + " sum saw-end"),
        {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_FALSE(folder.has("saw-end"));
    const Record record(folder.read("record.json"));
    CHECK(record.verdict("end") == "cancelled");
    CHECK(record.member("end", "signal") == "\"SIGKILL\"");
}

TEST_CASE("sort leaves its output file untouched when its feeder fails, every time", "[R28][R42]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    CAPTURE(channel);
    folder.write("out", "old\n");
    for (int round = 0; round < rounds(10); ++round) {
        const RunResult result =
            run_pipectl(folder, pipeline({via(channel)}) + shell("gen", "seq 1000; exit 3") +
                                    stage("sort", {"sort"}, {"stdout = 'out'"}));
        CAPTURE(round, result);
        REQUIRE(result.status == exited(3));
        REQUIRE(folder.read("out") == "old\n");
    }
}

TEST_CASE("a producer that closes its stdout and fails later has shown no end of data", "[R42]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    CAPTURE(channel);
    // The failure comes when the reader has had all the data for a while.
    const RunResult result = run_pipectl(
        folder,
        pipeline({via(channel)}) +
            misbehaving("gen", {"close-stdout-and-live", "1000", "closed"}, {"timeout = '300ms'"}) +
            witness("end"));
    CAPTURE(result);
    CHECK(result.status == exited(124));
    CHECK_FALSE(folder.has("saw-end"));
}

TEST_CASE("a producer whose data all arrived is waited for before its reader sees the end") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    CAPTURE(channel);
    // The reader ends only when it sees the end, the producer only when the file is there.
    Child run = start_pipectl(
        folder, pipeline({via(channel)}) +
                    shell("gen", "seq 3; exec >&-; " + misbehave() + " wait-for-file go") +
                    witness("end"));
    const auto early = run.wait(300ms);
    CHECK_FALSE(early.has_value());
    CHECK_FALSE(folder.has("saw-end"));
    folder.write("go", "");
    const RunResult result = run.finish();
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.has("saw-end"));
}

TEST_CASE("by the shell's rules the end of data comes however the producer ended") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = every_channel();
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({via(channel), "strict = false"}) + shell("gen", "seq 1000; exit 3") +
                        stage("sort", {"sort", "-n"}) + stage("tail", {"tail", "-n", "1"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "1000\n");
    CHECK(Record(folder.read("record.json")).verdict("gen") == "failed");
}

TEST_CASE("by the shell's rules the last stage's status is the run's") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto status_of = [&](const std::string& stages) {
        return run_pipectl(folder, pipeline({"strict = false"}) + stages).status;
    };
    CHECK(status_of(stage("a", {"false"}) + stage("b", {"true"})) == exited(0));
    CHECK(status_of(stage("a", {"true"}) + shell("b", "exit 9")) == exited(9));
    CHECK(status_of(shell("a", "exit 3") + shell("b", "cat; exit 4")) == exited(4));
    CHECK(status_of(stage("a", {"true"}) + misbehaving("b", {"die-by", "SIGKILL"})) ==
          exited(128 + SIGKILL));
    CHECK(status_of(stage("a", {"yes"}) + stage("b", {"head", "-n", "1"})) == exited(0));
}
