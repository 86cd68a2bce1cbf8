// Runs that are tried again as a whole, with the real program.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The `count` first attempts fail with 3.
std::string failing_first(int count) {
    return "n=$(cat tries 2>/dev/null || echo 0); echo $((n + 1)) > tries; "
           "[ $n -ge " +
           std::to_string(count) + " ] || exit 3";
}

std::string retrying(int retries, const std::string& more = "") {
    std::vector<std::string> lines = {"retries = " + std::to_string(retries),
                                      "retry-delay = '10ms'"};
    if (!more.empty()) lines.push_back(more);
    return pipeline(lines);
}

const std::string kNoStdin = "stdin = { null = true }";

}  // namespace

TEST_CASE("a run that fails twice succeeds in its third attempt, over every kind", "[R30]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    (void)folder.write("in", "a\nb\nc\n");
    (void)folder.write("out", "old\n");
    const RunResult result = run_pipectl(
        folder,
        retrying(5, "via = '" + via + "'") + stage("read", {"cat"}, {"stdin = 'in'"}) +
            shell("copy", "tee copied", {"stdout = 'out'"}) +
            shell("last", "cat; cat out >> seen; " + failing_first(2), {"from = 'copy'"}),
        {"--json", "record.json"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK(result.out == "a\nb\nc\n");
    CHECK(folder.read("out") == "a\nb\nc\n");
    CHECK(folder.read("seen") == "old\nold\nold\n");  // as each attempt found it
    CHECK_THAT(result.err,
               ContainsSubstring("attempt 1 failed: stage 'last' exited with status 3"));
    CHECK_THAT(result.err, ContainsSubstring("attempt 2 failed"));
    const std::string record = folder.read("record.json");
    CHECK_THAT(record, ContainsSubstring("\"attempts\""));
    const RunResult again = pipectl_says({"report", folder.path("record.json")});
    CHECK(again.status == exited(0));
}

TEST_CASE("attempts end, and the last one's failure is the run's", "[R30]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, retrying(2) + shell("fails", "echo seen; echo x >> tries; exit 7", {kNoStdin}));
    CAPTURE(result);
    CHECK(result.status == exited(7));
    CHECK(result.out.empty());
    CHECK(folder.read("tries") == "x\nx\nx\n");
    CHECK_THAT(result.err, ContainsSubstring("attempts: 3"));
}

TEST_CASE("a text and a file given to pipectl are read again from where they began") {
    const LeakCheck check;
    const TemporaryFolder folder;
    RunOptions options;
    options.stdin_text = "one\ntwo\n";
    const RunResult result = run_pipectl(
        folder,
        retrying(3) + shell("text", "cat; cat >&2", {"stdin = { text = 'x' }", "stderr = 'log'"}) +
            shell("own", "cat; " + failing_first(1), {"stdin = { inherit = true }"}),
        {}, options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("one\ntwo\n"));
    CHECK(result.out.size() == 9);  // each once
}

TEST_CASE("a timeout is of one attempt") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, retrying(2, "timeout = '300ms'") +
                    shell("slow", "echo x >> tries; [ $(wc -l < tries) -gt 2 ] || exec sleep 60",
                          {kNoStdin}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("tries") == "x\nx\nx\n");
}

TEST_CASE("a signal between two attempts ends the run at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(folder, pipeline({"retries = 2", "retry-delay = '1m'"}) +
                                            shell("fails", "echo x >> tries; exit 3", {kNoStdin}));
    REQUIRE(child.wait_for_err("the next one begins in"));
    child.signal(SIGTERM);
    const RunResult result = child.finish(5s);
    CAPTURE(result);
    CHECK(result.status == killed_by(SIGTERM));
    CHECK(folder.read("tries") == "x\n");
}

TEST_CASE("nothing is left when pipectl is killed between two attempts", "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(
        folder, pipeline({"retries = 2", "retry-delay = '1m'"}) +
                    shell("fails", "sleep 0.1; exit 3", {kNoStdin, "stdout = 'out'"}));
    REQUIRE(child.wait_for_err("the next one begins in"));
    child.signal(SIGKILL);
    (void)child.finish(5s);
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("whoever reads pipectl's stdout and has enough cuts the run, as ever") {
    const LeakCheck check;
    const TemporaryFolder folder;
    (void)folder.write("x.toml", retrying(2) + shell("many", "seq 1000000", {kNoStdin}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run(
        {"bash", "-c", PIPECTL_BINARY " run x.toml | head -n 1; echo ${PIPESTATUS[0]}"}, options);
    CAPTURE(result);
    CHECK(result.out == "1\n141\n");
}

TEST_CASE("retries are refused where an attempt could not be the same, or would be seen",
          "[check]") {
    const TemporaryFolder folder;
    const std::string key = GENERATE("stdin = { fifo = 'f' }", "stdout = { fifo = 'f' }",
                                     "stdout = { file = 'x', append = true }",
                                     "stdout = { file = 'x', atomic = false }");
    (void)folder.write("x.toml", retrying(1) + stage("a", {"cat"}, {key}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = pipectl_says({"check", "x.toml"}, options);
    CAPTURE(key, result);
    CHECK(result.status == exited(1));
    CHECK_THAT(result.err + result.out, ContainsSubstring("`retries`"));
}

TEST_CASE("retries are refused at the start where stdin is a pipe") {
    const TemporaryFolder folder;
    (void)folder.write("x.toml", retrying(1) + stage("a", {"cat"}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"sh", "-c", "echo x | " PIPECTL_BINARY " run x.toml"}, options);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("cannot be read again"));
}
