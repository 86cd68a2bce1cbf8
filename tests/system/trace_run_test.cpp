// `run --trace FILE`: complete however the run ends.

#include <csignal>

#include "orchestrator/json/json_value.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a trace has a row for each stage, its states and its bytes", "[trace]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    shell("slow", "for i in 1 2 3; do echo $i; sleep 0.05; done") +
                        stage("count", {"wc", "-l"}),
                    {"--trace", "t.json"});
    CHECK(result.status == exited(0));
    const std::string text = folder.read("t.json");
    CHECK_NOTHROW(parse_json(text));
    CHECK_THAT(text, ContainsSubstring("\"waits for input\""));
    CHECK_THAT(text, ContainsSubstring("\"bytes over slow.stdout->count.stdin\""));
    CHECK_THAT(text, ContainsSubstring("\"verdict\": \"ok\""));
}

TEST_CASE("the trace of a cancelled run is complete", "[trace]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child run =
        start_pipectl(folder, shell("asleep", "echo up >&2; sleep 100") + stage("next", {"cat"}),
                      {"--trace", "t.json"});
    CHECK(run.wait_for_err("up"));
    run.signal(SIGINT);
    CHECK(run.finish().status == killed_by(SIGINT));
    const std::string text = folder.read("t.json");
    CHECK_NOTHROW(parse_json(text));
    CHECK_THAT(text, ContainsSubstring("\"the run is cancelled: SIGINT\""));
    CHECK_THAT(text, ContainsSubstring("\"got SIGINT\""));
}
