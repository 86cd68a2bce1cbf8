// `pipectl test`: definitions that test themselves, and leave everything as it was.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kStages = R"([params]
word = "x"
[[stage]]
name = "fetch"
run = ["no-such-program-here"]
[[stage]]
name = "match"
run = ["grep", "${word}"]
[[stage]]
name = "keep"
run = ["cat"]
stdout = "out.txt"
)";

RunResult tested(const TemporaryFolder& folder, const std::string& tests,
                 std::vector<std::string> words = {}) {
    (void)folder.write("p.toml", kStages + tests);
    RunOptions options;
    options.cwd = folder.path();
    words.insert(words.begin(), {"test", "p.toml"});
    return pipectl_says(words, options);
}

}  // namespace

TEST_CASE("a test is run with what it mocks, and touches no file", "[test-command]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write("out.txt", "mine\n");
    const RunResult ran = tested(folder, R"(
[[test]]
name = "good"
set = { word = "y" }
mock = { fetch = { stdout = "xa\nyb\n" } }
expect = { stdout = "", file."out.txt" = "yb\n", verdict = "ok", stage.fetch.verdict = "ok" }
[[test]]
name = "the file stays"
mock = { fetch = { stdout = "q\n" } }
expect = { exit = 1, verdict = "failed", stage.match.verdict = "failed" }
[[test]]
name = "fetch fails"
mock = { fetch = { stdout = "x\n", exit = 7 } }
expect = { exit = 7 }
)");
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK(ran.out ==
          "ok      p.toml: good\nok      p.toml: the file stays\n"
          "ok      p.toml: fetch fails\n3 passed, 0 failed\n");
    CHECK(folder.read("out.txt") == "mine\n");
}

TEST_CASE("what differs is shown by lines, and --update writes it down", "[test-command]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string tests = R"(
# about it
[[test]]
name = "changed"
mock = { fetch = { stdout = "x1\nx2\nx3\n" } }
expect = { file."out.txt" = "x1\nx3\nx4\n", exit = 3 } # both are wrong
)";
    const RunResult ran = tested(folder, tests);
    INFO(to_text(ran));
    CHECK(ran.status == exited(1));
    CHECK_THAT(ran.out, ContainsSubstring("failed  p.toml: changed\n"));
    CHECK_THAT(ran.out, ContainsSubstring("      + x2\n        x3\n      - x4\n"));
    CHECK_THAT(ran.out, ContainsSubstring("exit: expected '3', came '0'"));
    CHECK(ran.out.ends_with("0 passed, 1 failed\n"));
    CHECK(folder.read("p.toml") == kStages + tests);
    CHECK(tested(folder, tests, {"--update"}).status == exited(1));
    const std::string updated = folder.read("p.toml");
    CHECK_THAT(updated, ContainsSubstring("# about it\n[[test]]\nname = \"changed\"\n"));
    CHECK_THAT(updated, ContainsSubstring("exit = 0 } # both are wrong\n"));
    CHECK(tested(folder, updated.substr(kStages.size())).status == exited(0));
}

TEST_CASE("a test that expects nothing yet gets its stdout", "[test-command]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.cwd = folder.path();
    (void)folder.write("p.toml",
                       "[[stage]]\nrun = ['tr', 'a-z', 'A-Z']\n\n[[test]]\nname = 'up'\n"
                       "stdin = { text = \"a'b\\n\" }\n# the end\n");
    CHECK(pipectl_says({"test", "--update", "p.toml"}, options).status == exited(1));
    CHECK_THAT(folder.read("p.toml"),
               ContainsSubstring("expect = { stdout = \"A'B\\n\" }\n# the end\n"));
    CHECK(pipectl_says({"test", "p.toml"}, options).out ==
          "ok      p.toml: up\n1 passed, 0 failed\n");
}

TEST_CASE("what a test names and the definition lacks is told", "[test-command]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran = tested(folder, R"(
[[test]]
name = "slips"
set = { wrod = "y" }
mock = { fetsh = { stdout = "" } }
expect = { file."out.text" = "", stage.mach.verdict = "ok" }
)");
    INFO(to_text(ran));
    CHECK(ran.status == exited(1));
    for (const char* part : {"did you mean 'word'?", "did you mean 'fetch'?",
                             "did you mean 'out.txt'?", "did you mean 'match'?"}) {
        CHECK_THAT(ran.err, ContainsSubstring(part));
    }
    CHECK(ran.out.ends_with("0 passed, 1 failed\n"));
}

TEST_CASE("tests are told to programs too", "[test-command]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran = tested(folder, R"(
[[test]]
name = "t"
mock = { fetch = { stdout = "x\n" } }
expect = { file."out.txt" = "y\n" }
)",
                                 {"--json"});
    INFO(to_text(ran));
    CHECK_THAT(ran.out, ContainsSubstring(R"("name": "t", "ok": false)"));
    CHECK_THAT(ran.out, ContainsSubstring(R"("expected": "y\n", "came": "x\n")"));
}

TEST_CASE("the tests that the pipelines have pass", "[test-command]") {
    const LeakCheck leaks;
    std::vector<std::string> words = {"test"};
    for (const auto& entry : std::filesystem::directory_iterator(SOURCE_FOLDER "/pipelines")) {
        if (entry.path().extension() == ".toml") words.push_back(entry.path().string());
    }
    RunOptions options;
    options.cwd = SOURCE_FOLDER;
    const RunResult ran = pipectl_says(words, options);
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK_THAT(ran.out, ContainsSubstring(" passed, 0 failed\n") &&
                            !ContainsSubstring("\n0 passed") && ContainsSubstring("ok  "));
}

TEST_CASE("a file that cannot be read is no test that failed", "[test-command]") {
    const LeakCheck leaks;
    const RunResult ran = pipectl_says({"test", "/no/such.toml"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(125));
    CHECK_THAT(ran.err, ContainsSubstring("/no/such.toml"));
}
