// Graphs that are more than a chain, run with the real program: several readers, several writers,
// ports by name, and copies that meet again.

#include <algorithm>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"

using namespace pipectl::test;

namespace {

std::string via_each() {
    const std::string channel = GENERATE(from_range(channels()));
    return pipeline({"via = '" + channel + "'"});
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
}

std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i <= to; ++i) {
        text += std::to_string(i) + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("every reader of a port gets all of it") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder,
        head + misbehaving("source", {"write", "3000000"}) +
            misbehaving("a", {"sum"}, {"stdout = 'a'"}) +
            misbehaving("b", {"sum"}, {"from = 'source'", "stdout = 'b'"}) +
            misbehaving("c", {"read-slowly", "20000000"}, {"from = 'source'", "stdout = 'c'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    const std::string expected = to_line(pattern_sum(3000000));
    CHECK(folder.read("a") == expected);
    CHECK(folder.read("b") == expected);
    CHECK(folder.read("c") == expected);
}

TEST_CASE("dealt and hashed lines arrive once, whole, each at one reader", "[R16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    const std::string how = GENERATE("'deal'", "{ by = 'hash', field = 1 }");
    CAPTURE(head, how);
    const RunResult result = run_pipectl(
        folder,
        head + shell("source", "seq 1000 | awk '{ print $1 % 10, $1 }'", {"fan-out = " + how}) +
            stage("a", {"cat"}, {"stdout = 'a'"}) +
            stage("b", {"cat"}, {"from = 'source'", "stdout = 'b'"}) +
            stage("c", {"cat"}, {"from = 'source'", "stdout = 'c'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    std::string expected;
    for (int i = 1; i <= 1000; ++i) {
        expected += std::to_string(i % 10) + " " + std::to_string(i) + "\n";
    }
    const std::string a = folder.read("a");
    const std::string b = folder.read("b");
    const std::string c = folder.read("c");
    CHECK(sorted_lines(a + b + c) == sorted_lines(expected));
    if (how.front() == '{') {
        // what shares a key shares a reader
        for (const char key : std::string("0123456789")) {
            const std::string start = std::string("\n") + key + " ";
            int readers = 0;
            for (const std::string& part : {a, b, c}) {
                readers += ("\n" + part).find(start) != std::string::npos ? 1 : 0;
            }
            CHECK(readers == 1);
        }
    } else {
        CHECK_FALSE(a.empty());
        CHECK_FALSE(b.empty());
        CHECK_FALSE(c.empty());
    }
}

TEST_CASE("inputs one after the other arrive in the order listed") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    // the second has all of its data ready long before the first
    const RunResult result = run_pipectl(
        folder,
        head +
            shell("late", misbehave() + " wait-for-file b-is-done && seq 1 20000",
                  {"stdin = { null = true }"}) +
            shell("early", "seq 20001 20100; echo > b-is-done", {"stdin = { null = true }"}) +
            stage("all", {"cat"}, {"from = ['late', 'early']"}));
    CAPTURE(result.status, result.err);
    CHECK(result.status == exited(0));
    CHECK((result.out == numbers(1, 20100)));
}

TEST_CASE("lines of several writers are never torn") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder, head + misbehaving("a", {"torn-lines", "50", "a"}) +
                    misbehaving("b", {"torn-lines", "50", "b"}, {"stdin = { null = true }"}) +
                    misbehaving("c", {"torn-lines", "50", "c"}, {"stdin = { null = true }"}) +
                    stage("all", {"cat"}, {"from = ['a', 'b', 'c']", "fan-in = 'lines'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    std::string expected;
    for (const char* word : {"a", "b", "c"}) {
        for (int i = 1; i <= 50; ++i) {
            expected += std::string(word) + " " + std::to_string(i) + " end\n";
        }
    }
    CHECK(sorted_lines(result.out) == sorted_lines(expected));
}

TEST_CASE("a last line without an end stays one line of its own among others") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("a", "printf 'one\\ntwo'") +
                    shell("b", "printf 'three\\nfour\\n'", {"stdin = { null = true }"}) +
                    stage("all", {"cat"}, {"from = ['a', 'b']", "fan-in = 'lines'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(sorted_lines(result.out) == std::vector<std::string>{"four", "one", "three", "two"});
}

TEST_CASE("two named inputs are files to open") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder,
        head + shell("left", "seq 1 2000 | sort") +
            shell("right", "seq 1000 3000 | sort", {"stdin = { null = true }"}) +
            stage("compare", {"comm", "-12", "${in.left}", "${in.right}"},
                  {"stdin = { null = true }", "inputs = { left = 'left', right = 'right' }"}) +
            stage("count", {"wc", "-l"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "1001\n");
}

TEST_CASE("named outputs and stderr are ports to read from") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder,
        head +
            stage("split",
                  {"awk", "-v", "bad=${out.bad}",
                   "{ if ($1 % 2) print; else print > bad } END { print \"done\" > \"/dev/stderr\" "
                   "}"},
                  {"stdin = { text = '''" + numbers(1, 1000) + "''' }", "outputs = ['bad']"}) +
            stage("good", {"cat"}, {"stdout = 'good'"}) +
            stage("bad", {"wc", "-l"}, {"from = 'split.bad'", "stdout = 'bad'"}) +
            stage("log", {"tr", "a-z", "A-Z"}, {"from = 'split.stderr'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "DONE\n");
    CHECK(folder.read("bad") == "500\n");
    CHECK(folder.read("good").substr(0, 8) == "1\n3\n5\n7\n");
    CHECK(result.err.empty());
}

TEST_CASE("stderr joins stdout where the definition says so") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("both", "echo out; echo err >&2", {"stderr = 'stdout'"}) +
                                stage("sort", {"sort"}));
    CAPTURE(result);
    CHECK(result.out == "err\nout\n");
    CHECK(result.err.empty());
}

TEST_CASE("one branch that leaves early does not truncate the others", "[R19]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    const std::string place = GENERATE("first", "second");
    CAPTURE(head, place);
    const std::string leaves = misbehaving("leaver", {"read-then-exit", "10"},
                                           {"from = 'source'", "stdout = { null = true }"});
    const std::string stays = misbehaving("stays", {"sum"}, {"from = 'source'"});
    const RunResult result = run_pipectl(folder,
                                         head + misbehaving("source", {"write", "10000000"}) +
                                             (place == "first" ? leaves + stays : stays + leaves),
                                         {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == to_line(pattern_sum(10000000)));
    CHECK(Record(folder.read("record.json")).verdict("source") == "ok");
}

TEST_CASE("when all branches have left, their source is cut", "[R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each();
    CAPTURE(head);
    const RunResult result =
        run_pipectl(folder,
                    head + stage("source", {"yes"}) +
                        misbehaving("a", {"read-then-exit", "10"}, {"stdout = { null = true }"}) +
                        misbehaving("b", {"read-then-exit", "100000"}, {"from = 'source'"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(Record(folder.read("record.json")).verdict("source") == "cut");
}

TEST_CASE("a stage may read one reader early and the other late: copies that meet cannot lock up",
          "[R20]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int size = GENERATE(1000, 540000, 20000000);
    CAPTURE(size);
    // `join` wants all of the right input before a byte of the left one
    const RunResult result = run_pipectl(
        folder,
        misbehaving("source", {"write", std::to_string(size)}) + stage("left", {"cat"}) +
            stage("right", {"cat"}, {"from = 'source'"}) +
            shell("join",
                  misbehave() + " sum < $PIPECTL_IN_right; " + misbehave() +
                      " sum < $PIPECTL_IN_left",
                  {"stdin = { null = true }", "inputs = { left = 'left', right = 'right' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    const std::string expected = to_line(pattern_sum(static_cast<std::uint64_t>(size)));
    CHECK(result.out == expected + expected);
}

TEST_CASE("a diamond with 200 MB of skew ends within bounded memory", "[R20][R35][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("source", {"head", "-c", "200000000", "/dev/zero"}) + stage("left", {"cat"}) +
            stage("right", {"cat"}, {"from = 'source'"}) +
            shell("join", "wc -c < $PIPECTL_IN_right; wc -c < $PIPECTL_IN_left",
                  {"stdin = { null = true }", "inputs = { left = 'left', right = 'right' }"}),
        {"--json", "record.json"}, {.timeout = 100s});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "200000000\n200000000\n");
    const Record record(folder.read("record.json"));
    const long long highest =
        std::max(record.highest_memory("copy:"), record.highest_memory("spill:"));
    CAPTURE(record.text());
    CHECK(highest > 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(highest < 96LL * 1024 * 1024);
#endif
}

TEST_CASE("a circle of stages is refused with their names") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, stage("a", {"cat"}, {"from = 'c'"}) + stage("b", {"cat"}) + stage("c", {"cat"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring("a -> b -> c -> a"));
}
