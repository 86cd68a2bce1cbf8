// `pipectl run -c` beside bash, and `pipectl import`, with the real program.

#include <algorithm>
#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

RunResult in_shell(const TemporaryFolder& folder, const std::vector<std::string>& argv) {
    RunOptions options;
    options.cwd = folder.path();
    return run(argv, options);
}

/// Runs the line with bash and with us, each in a folder of its own, and compares.
void same_as_bash(const std::string& line) {
    const TemporaryFolder theirs;
    const TemporaryFolder ours;
    for (const TemporaryFolder* folder : {&theirs, &ours}) {
        folder->write("in", "two\none\nthree\n");
    }
    const RunResult bash = in_shell(theirs, {"bash", "-c", line});
    const RunResult result = in_shell(ours, {PIPECTL_BINARY, "run", "-c", line});
    CAPTURE(line, bash, result);
    CHECK(result.out == bash.out);
    CHECK(result.status.shell_status() == bash.status.shell_status());
    for (const auto& entry : std::filesystem::directory_iterator(theirs.path())) {
        const std::string name = entry.path().filename().string();
        REQUIRE(ours.has(name));
        CHECK(ours.read(name) == theirs.read(name));
    }
}

}  // namespace

TEST_CASE("a line gives what bash gives: bytes and files and status") {
    const LeakCheck check;
    for (const char* line : {"sort in | head -n 1",
                             "sort in > out 2> err",
                             "cat in missing > out 2>&1",
                             "nosuch-program | wc -l",
                             "sort < missing | wc -l",
                             "true | sh -c 'cat; exit 3'",
                             "false | true",
                             "set -o pipefail; sh -c 'exit 3' | sh -c 'exit 4' | true",
                             "yes | head -n 2",
                             "x=2; seq 9 | head -n $x",
                             "f() { tr a b; }; echo banana | f | rev",
                             "comm -12 <(sort in) <(sort in | head -n 2)",
                             "seq 3 | tee >(wc -l > n) | tail -n 1",
                             "mkfifo x; seq 3 > x & sort -r < x; rm x",
                             "mkfifo x; seq 3 > x & wc -l x; rm x",
                             "sort in; echo $?",
                             "cat <<E | rev\n$((1 + 2))\nE",
                             "while read -r x; do echo \"<$x>\"; done < in | sort",
                             "sh -c 'kill -TERM $$'",
                             "echo kept >> out; false",
                             "cat in >> in2 | cat nofile",
                             "seq 3 |& cat 'un"}) {
        same_as_bash(line);
    }
}

TEST_CASE("a misspelt program is told with its place and the others run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        in_shell(folder, {PIPECTL_BINARY, "run", "-c", "seq 3 | soort | wc -l"});
    CAPTURE(result);
    CHECK(result.out == "0\n");
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("-c:1:9: warning:"));
    CHECK_THAT(result.err, ContainsSubstring("did you mean 'sort'?"));
    const RunResult strict =
        in_shell(folder, {PIPECTL_BINARY, "run", "--strict", "-c", "seq 3 | soort | wc -l"});
    CHECK(strict.status == exited(127));
    CHECK(strict.out.empty());
}

TEST_CASE("two copies through a FIFO that meet again end with all data") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = in_shell(
        folder, {PIPECTL_BINARY, "run", "-c",
                 "mkfifo F; seq 100000 199999 | tee F | sort | comm -12 - F | wc -l; rm F"});
    CAPTURE(result);
    CHECK(result.out == "100000\n");
    CHECK_FALSE(folder.has("F"));
}

TEST_CASE("a reader of tee that leaves early does not cut the others short") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = in_shell(
        folder, {PIPECTL_BINARY, "run", "-c", "seq 300000 | tee >(head -n 1 > first) | wc -l"});
    CAPTURE(result);
    CHECK(result.out == "300000\n");
    CHECK(folder.read("first") == "1\n");
}

TEST_CASE("an imported line runs as a definition") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", "two\none\nthree\n");
    const RunResult imported =
        in_shell(folder, {PIPECTL_BINARY, "import", "sort in | tee all | head -n 1"});
    CAPTURE(imported);
    REQUIRE(imported.status == exited(0));
    folder.write("line.toml", imported.out);
    const RunResult result = in_shell(folder, {PIPECTL_BINARY, "run", "line.toml"});
    CAPTURE(result);
    CHECK(result.out == "one\n");
    CHECK(folder.read("all") == "one\nthree\ntwo\n");
    const RunResult refused = in_shell(folder, {PIPECTL_BINARY, "import", "a || b"});
    CHECK(refused.status == exited(1));
    CHECK_THAT(refused.err, ContainsSubstring("-c:1:3: error:"));
}

TEST_CASE("a strict run of a text never falls back to the shell's rules in silence") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old");
    for (const char* text :
         {"seq 3 | cat > out; echo ${PIPESTATUS[0]}",
          "eval 'seq 3 | false > out'; :", "for i in 1; do seq 3; false; done > out; true"}) {
        const RunResult result = in_shell(folder, {PIPECTL_BINARY, "run", "--strict", "-c", text});
        CAPTURE(text, result);
        CHECK(result.status == exited(125));
        CHECK(result.out.empty());
        CHECK_THAT(result.err, ContainsSubstring("error: --strict does not cover"));
        CHECK(folder.read("out") == "old");
    }
    const RunResult covered = in_shell(
        folder, {PIPECTL_BINARY, "run", "--strict", "-c", "(seq 5; exit 3) | wc -l > out"});
    CAPTURE(covered);
    CHECK(covered.status == exited(3));
    CHECK(folder.read("out") == "old");
    // several pipelines: each of them is a run
    for (const char* text : {"seq 3 | (cat; exit 3) | cat > out; echo $?",
                             "for i in 1; do seq 3 | sh -c 'exit 3' > out; done; echo $?",
                             "f() { seq 3 | sh -c 'exit 3' > out; }; f || echo $?"}) {
        const RunResult result = in_shell(folder, {PIPECTL_BINARY, "run", "--strict", "-c", text});
        CAPTURE(text, result);
        CHECK(result.out == "3\n");
        CHECK(folder.read("out") == "old");
    }
}

TEST_CASE("a failed strict run of a text keeps its files, also those of a shell's stage") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old");
    folder.write("in", "two\none\n");
    for (const char* text :
         {"(exit 4) > out", "grep zzz i* > out", "cat ~/nofile > out", "sort $(echo nofile) > out",
          "seq 3 | { cat; false; } >> out", "seq 3 | while read x; do false; done > out",
          "f() { cat; false; }; seq 3 | f &> out", "o=out; grep zzz i* > $o"}) {
        folder.write("text", text);
        for (const auto& argv :
             {std::vector<std::string>{PIPECTL_BINARY, "run", "--strict", "-c", text},
              std::vector<std::string>{PIPECTL_BINARY, "run", "--strict", "--script", "text"}}) {
            const RunResult result = in_shell(folder, argv);
            CAPTURE(text, result);
            CHECK(result.status != exited(0));
            CHECK(result.status != exited(125));
            CHECK(folder.read("out") == "old");
        }
    }
    folder.write("text", "sort i* > out\n");
    const RunResult well =
        in_shell(folder, {PIPECTL_BINARY, "run", "--strict", "--script", "text"});
    CAPTURE(well);
    CHECK(well.status == exited(0));
    CHECK(folder.read("out") == "one\ntwo\n");
    (void)in_shell(folder, {PIPECTL_BINARY, "run", "-c", "(exit 4) > out"});
    CHECK(folder.read("out").empty());
}
