// Two-way edges (`talks-to`) with the real program: questions and answers over every channel, and
// what becomes of the one when the other one ends.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/edges.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The channels where something of its own can go wrong; the others are bridged as `shm` is.
const std::vector<std::string> kFew = {"pipe", "unix", "tcp", "file", "shm"};

std::string talk(const std::string& via, const std::vector<std::string>& ask,
                 const std::vector<std::string>& answer,
                 const std::vector<std::string>& more = {}) {
    return misbehaving("ask", ask, {"talks-to = { stage = 'calc', via = '" + via + "' }"}) +
           misbehaving("calc", answer, more);
}

RunResult run_with_record(const TemporaryFolder& folder, const std::string& definition) {
    return run_pipectl(folder, definition, {"--json", "record"});
}

}  // namespace

TEST_CASE("ten thousand questions are answered over every channel", "[talk][R16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    const int questions = rounds(10000);
    const RunResult result =
        run_with_record(folder, talk(via, {"ask", std::to_string(questions)}, {"answer"}));
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("asked " + std::to_string(questions)));
    CHECK_THAT(result.err,
               ContainsSubstring("answered " + std::to_string(questions) + " to the end"));
    const Record record(folder.read("record"));
    CHECK(record.verdict("ask") == "ok");
    CHECK(record.verdict("calc") == "ok");
    CHECK(edge_member(record, "ask.stdout", "to") == "\"calc.stdin\"");
    CHECK(edge_member(record, "calc.stdout", "to") == "\"ask.stdin\"");
}

TEST_CASE("over unix both have one socket at stdin and stdout", "[talk]") {
    const LeakCheck check;
    const std::string show =
        "a=$(readlink /proc/$$/fd/0); b=$(readlink /proc/$$/fd/1); echo $a >&2; echo $b >&2; ";
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        shell("ask", show + "echo x; read -r y", {"talks-to = { stage = 'calc', via = 'unix' }"}) +
            shell("calc", "read -r x; " + show + "echo y"));
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end = 0; (end = result.err.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        lines.push_back(result.err.substr(begin, end - begin));
    }
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].starts_with("socket:"));
    CHECK(lines[0] == lines[1]);
    CHECK(lines[2] == lines[3]);
    CHECK(lines[0] != lines[2]);
}

TEST_CASE("when the one that answers dies, the one that asks is cancelled and sees no end",
          "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    const RunResult result = run_with_record(
        folder, misbehaving("ask", {"ask-and-wait", "100"},
                            {"talks-to = { stage = 'calc', via = '" + via + "' }"}) +
                    misbehaving("calc", {"answer", "100", "SEGV"}));
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGSEGV));
    CHECK_THAT(result.err, !ContainsSubstring("an end was shown"));
    const Record record(folder.read("record"));
    CHECK(record.verdict("calc") == "failed");
    CHECK(record.verdict("ask") == "cancelled");
}

TEST_CASE("when the one that asks dies, the one that answers is cancelled and sees no end",
          "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    const RunResult result = run_with_record(folder, talk(via, {"ask", "100", "KILL"}, {"answer"}));
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGKILL));
    CHECK_THAT(result.err, !ContainsSubstring("to the end"));
    const Record record(folder.read("record"));
    CHECK(record.verdict("ask") == "failed");
    CHECK(record.verdict("calc") == "cancelled");
}

TEST_CASE("one that has answered enough and ends well shows a true end", "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    const RunResult result = run_with_record(
        folder, misbehaving("ask", {"ask-and-wait", "50"},
                            {"talks-to = { stage = 'calc', via = '" + via + "' }", "ok = [4]"}) +
                    misbehaving("calc", {"answer", "50"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("an end was shown"));
}

TEST_CASE("one that writes on when the other one had enough and ended well is cut", "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(kFew));
    CAPTURE(via);
    const RunResult result =
        run_with_record(folder, talk(via, {"ask", "20"}, {"answer", "20", "talk-on"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    const Record record(folder.read("record"));
    CHECK(record.verdict("ask") == "ok");
    CHECK(record.verdict("calc") == "cut");
}

TEST_CASE("two that wait for each other are a standstill, and both are named", "[talk][R21]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "shm");
    CAPTURE(via);
    // one answer more is waited for than was asked for
    const RunResult result = run_pipectl(
        folder, shell("ask", "for i in 1 2 3; do echo $i; read -r x || exit 9; done; read -r x",
                      {"talks-to = { stage = 'calc', via = '" + via + "' }"}) +
                    shell("calc", "while read -r x; do echo $x; done"));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    // sanitized processes take long to look at, and looks come more seldom then
    CHECK(result.wall_s < (rounds(5) == 5 ? 15 : 60));
    CHECK_THAT(result.err, ContainsSubstring("the stages wait for each other"));
    CHECK_THAT(result.err, ContainsSubstring("'ask' waits for data from"));
    CHECK_THAT(result.err, ContainsSubstring("'calc' waits for data from"));
}

TEST_CASE("two of which one waits for the outside are no standstill", "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("ask", "echo 1; read -r x && echo got $x >&2",
                                  {"talks-to = { stage = 'calc', via = 'unix' }"}) +
                                shell("calc", "read -r x; sleep 7; echo $x"));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("got 1"));
}

TEST_CASE("by the shell's rules the ends come as the stages end", "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(kFew));
    CAPTURE(via);
    const RunResult result = run_pipectl(
        folder, pipeline({"strict = false"}) + talk(via, {"ask", "20", "KILL"}, {"answer"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("answered 20 to the end"));
}

TEST_CASE("an end that is shown by closing works over every channel, also over unix", "[talk]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(kFew));
    CAPTURE(via);
    const RunResult result = run_pipectl(
        folder, shell("ask", "seq 1000; exec >&-; wc -l >&2",
                      {"end = 'closed'", "talks-to = { stage = 'calc', via = '" + via + "' }"}) +
                    stage("calc", {"cat"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("1000"));
}

TEST_CASE("a two-way edge stands beside gates, orders, units and ways that meet again") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "shm");
    const RunResult result = run_pipectl(
        folder, "[semaphores]\nslot = 1\n" + stage("gen", {"seq", "3"}, {"needs = ['slot']"}) +
                    stage("sum", {"wc", "-l"}, {"from = { stage = 'gen', when = 'complete' }"}) +
                    shell("both", "cat ${in.a} ${in.b}", {"inputs = { a = 'sum', b = 'gen' }"}) +
                    shell("ask", "echo 4; read -r x; echo $x >&2",
                          {"talks-to = { stage = 'calc', via = '" + via + "' }", "after = 'gen'",
                           "needs = ['slot']"}) +
                    shell("calc", "read -r x; echo $x$x"));
    CAPTURE(via, result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "3\n1\n2\n3\n");
    CHECK(result.err == "44\n");
}
