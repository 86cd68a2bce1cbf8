// Stages with replicas: the order of what they write, their ends, and what becomes of them when
// something goes wrong.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

using Keys = std::vector<std::string>;

/// Lines of all lengths, long ones seldom; the last one may have no newline.
std::string random_lines(std::mt19937& random, std::size_t size) {
    std::string lines;
    while (lines.size() < size) {
        const unsigned kind = random() % 100;
        const std::size_t length = kind == 0   ? random() % 200'000
                                   : kind < 10 ? random() % 5'000
                                               : random() % 60;
        lines += std::to_string(lines.size());
        lines.append(length, static_cast<char>('a' + random() % 26));
        lines += '\n';
    }
    if (random() % 2 == 0) lines.pop_back();
    return lines;
}

/// `in` goes over two edges of the kind through a stage with replicas to `out`.
std::string through_replicas(const std::vector<std::string>& words, const Keys& keys,
                             const std::string& via = "pipe") {
    return pipeline({"via = '" + via + "'"}) + stage("read", {"cat", "in"}) +
           misbehaving("work", words, keys) + stage("write", {"cat"}, {"stdout = 'out'"});
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    std::ranges::sort(lines);
    return lines;
}

std::string replicas(int count, const std::string& block) {
    return "replicas = " + std::to_string(count) + "\nblock = '" + block + "'";
}

}  // namespace

TEST_CASE("output of replicas stands as the input does, whatever their delays", "[replicas][R45]") {
    const LeakCheck check;
    for (unsigned seed = 1; seed <= static_cast<unsigned>(rounds(20)); ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const TemporaryFolder folder;
        folder.write("in", random_lines(random, random() % 600'000));
        const int count = 1 + static_cast<int>(random() % 5);
        const std::string block = std::to_string(1 + random() % 100'000);
        CAPTURE(count, block);
        const RunResult result =
            run_pipectl(folder, through_replicas({"dawdle"}, {replicas(count, block)}));
        CAPTURE(result);
        REQUIRE(result.status == exited(0));
        REQUIRE(folder.read("out") == folder.read("in"));
    }
}

TEST_CASE("the order is kept over every channel", "[replicas][R45]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    std::mt19937 random(7);
    folder.write("in", random_lines(random, 1'000'000));
    const RunResult result = run_pipectl(
        folder, through_replicas({"dawdle"}, {replicas(3, "64KiB")}, via), {"--json", "record"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK(folder.read("out") == folder.read("in"));
    CHECK(Record(folder.read("record")).member("work", "bytes_out") ==
          std::to_string(folder.read("in").size()));
}

TEST_CASE("with order = any all lines come, none torn", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "file", "shm");
    CAPTURE(via);
    std::mt19937 random(11);
    folder.write("in", random_lines(random, 1'000'000));
    const RunResult result = run_pipectl(
        folder, through_replicas({"dawdle"}, {replicas(3, "10000"), "order = 'any'"}, via));
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK(sorted_lines(folder.read("out")) == sorted_lines(folder.read("in")));
}

TEST_CASE("a last line without newline gets one only where others follow", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto of = [&](const std::string& script, const std::string& order) {
        folder.write("in", "a\nb\nc");
        const RunResult result = run_pipectl(
            folder,
            shell("x", script, {"stdin = 'in'", replicas(2, "2"), "order = '" + order + "'"}));
        CAPTURE(result);
        REQUIRE(result.status == exited(0));
        return result.out;
    };
    CHECK(of("cat", "kept") == "a\nb\nc");
    CHECK(of("printf %s \"$(cat)\"", "kept") == "abc");
    CHECK(sorted_lines(of("cat", "any")) == sorted_lines("a\nb\nc"));
}

TEST_CASE("of an input with nothing in it one replica sees the end", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string order = GENERATE("kept", "any");
    const RunResult result = run_pipectl(
        folder, stage("count", {"wc", "-l"},
                      {"stdin = { null = true }", "replicas = 4", "order = '" + order + "'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "0\n");
}

TEST_CASE("a reader that has enough ends replicas and their producer", "[replicas][R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "tcp", "file", "shm");
    const std::string order = GENERATE("kept", "any");
    CAPTURE(via, order);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + via + "'"}) + stage("read", {"yes"}) +
                        stage("work", {"cat"}, {replicas(2, "64KiB"), "order = '" + order + "'"}) +
                        stage("top", {"head", "-n", "2"}),
                    {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "y\ny\n");
    const Record record(folder.read("record"));
    CHECK(record.verdict("read") == "cut");
    CHECK(record.verdict("work") == "cut");
}

TEST_CASE("replicas that all have enough cut their producer", "[replicas][R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    stage("read", {"yes"}) +
                        stage("work", {"head", "-n", "3"}, {"replicas = 2\norder = 'any'"}),
                    {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "y\ny\ny\ny\ny\ny\n");
    CHECK(Record(folder.read("record")).verdict("read") == "cut");
}

TEST_CASE("a replica that fails fails the stage, and its reader sees no end", "[replicas][R45]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    const std::string order = via == "pipe" ? GENERATE("kept", "any") : "kept";
    CAPTURE(via, order);
    folder.write("out", "before\n");
    const RunResult result = run_pipectl(
        folder,
        pipeline({"via = '" + via + "'"}) + stage("read", {"seq", "20000"}) +
            shell("work", "while read -r n; do [ \"$n\" -lt 9000 ] || exit 7; echo $n; done",
                  {replicas(3, "1000"), "order = '" + order + "'"}) +
            shell("end", "cat; echo the end >&2", {"stdout = 'out'"}),
        {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(7));
    CHECK_THAT(result.err, !ContainsSubstring("the end\n"));
    CHECK(folder.read("out") == "before\n");
    const Record record(folder.read("record"));
    CHECK(record.verdict("work") == "failed");
    CHECK(record.verdict("end") == "cancelled");
}

TEST_CASE("what counts as a success counts for each replica", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto status = [&](const std::string& word, const std::string& ok) {
        return run_pipectl(folder, stage("read", {"seq", "9"}) +
                                       stage("find", {"grep", word}, {replicas(2, "4"), ok}))
            .status;
    };
    CHECK(status("[0-9]", "ok = [0]") == exited(0));
    CHECK(status("5", "ok = [0]") == exited(1));
    CHECK(status("5", "ok = [0, 1]") == exited(0));
}

TEST_CASE("a replica that dies by a signal makes its stage die by it", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string order = GENERATE("kept", "any");
    const RunResult result = run_pipectl(
        folder, stage("read", {"yes"}) + misbehaving("work", {"die-by", "SEGV"},
                                                     {"replicas = 2\norder = '" + order + "'"}));
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGSEGV));
}

TEST_CASE("each replica knows its number", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string table = "[shared.t]\nsize = 4096\n";
    const auto numbers = [&](const std::string& definition) {
        const RunResult result =
            run_pipectl(folder, table + stage("read", {"seq", "3000"}) + definition);
        CAPTURE(result);
        REQUIRE(result.status == exited(0));
        const auto lines = sorted_lines(result.out);
        return std::set<std::string>(lines.begin(), lines.end());
    };
    const Keys keys = {replicas(2, "100"), "env = { N = 'n${replica}', M = '$${replica}' }"};
    CHECK(numbers(shell("x", "cat >/dev/null; echo $replica $PIPECTL_REPLICA $N $M", keys)) ==
          std::set<std::string>{"0 0 n0 ${replica}", "1 1 n1 ${replica}"});
    const Keys any = {replicas(2, "100"), "order = 'any'"};
    CHECK(numbers(stage(
              "x", {"sh", "-c", "cat >/dev/null; echo $1", "sh", "a${replica}${replica}z"}, any)) ==
          std::set<std::string>{"a00z", "a11z"});
    const auto both = numbers(stage(
        "x", {"sh", "-c", "cat >/dev/null; echo $1", "sh", "${replica}:${shared.t}:${replica}"},
        any));
    REQUIRE(both.size() == 2);
    CHECK(both.begin()->starts_with("0:/dev/shm/"));
    CHECK(both.begin()->ends_with(":0"));
}

TEST_CASE("replicas are one stage of the record, with the work of each", "[replicas]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    stage("read", {"seq", "20000"}) +
                        stage("work", {"cat"}, {replicas(2, "10000"), "stdout = 'out'"}),
                    {"--summary", "--json", "record"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    const Record record(folder.read("record"));
    CHECK(record.member("work", "bytes_in") == "108894");
    CHECK(record.member("work", "bytes_in_are") == "\"counted\"");
    CHECK_THAT(record.text(), ContainsSubstring("\"replicas\": ["));
    CHECK_THAT(result.err, ContainsSubstring("replica 0") && ContainsSubstring("replica 1"));
    CHECK_THAT(result.err, !ContainsSubstring("replica 2"));
}

TEST_CASE("a slow first block keeps nobody waiting, and the memory is bounded", "[replicas][R20]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // the first block is done when its producer has got rid of all the others
    const RunResult result = run_pipectl(
        folder,
        shell("read", "echo first; yes 0123456789abcde | head -c 200000000; : >go") +
            shell("work",
                  "read -r l; while [ \"$l\" = first ] && [ ! -e go ]; do sleep 0.02; done; "
                  "echo \"$l\"; exec cat",
                  {"replicas = 3"}) +
            misbehaving("end", {"sum"}, {"stdout = 'sum'"}),
        {"--json", "record", "--timeout", "100s"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK_THAT(folder.read("sum"), ContainsSubstring("200000006 "));
    const Record record(folder.read("record"));
    if (!kSanitized) CHECK(record.highest_memory("work") < 110 << 20);
}

TEST_CASE("a slow reader makes replicas wait", "[replicas][R17]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // it reads when the stage before it has come to rest
    const std::string at_rest =
        "while [ ! -s pid ]; do sleep 0.01; done; p=$(cat pid); same=0; last=; "
        "while [ $same -lt 10 ]; do now=$(cat /proc/$p/io); "
        "if [ \"$now\" = \"$last\" ]; then same=$((same+1)); else same=0; fi; "
        "last=$now; sleep 0.01; done; ";
    const RunResult result = run_pipectl(
        folder,
        shell("read", "yes 0123456789abcde | head -c 400000000 && : >done; exit 0") +
            shell("work", "echo $PPID >pid.new; mv pid.new pid; exec cat", {"replicas = 2"}) +
            shell("end", at_rest + "[ ! -e done ] && echo waits; head -c 1 >/dev/null"));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "waits\n");
}

TEST_CASE("a signal to pipectl ends all replicas, also those that ignore it", "[replicas][R1]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
    Child child = start_pipectl(
        folder, pipeline({"grace = '200ms'"}) + stage("read", {"yes"}) +
                    shell("work", "trap '' TERM INT HUP; : >ready-$replica; sleep 100 & wait",
                          {"replicas = 2", "order = 'any'"}));
    REQUIRE(wait_until([&] { return folder.has("ready-0") && folder.has("ready-1"); }));
    child.signal(signal);
    CHECK(child.wait(20s) == killed_by(signal));
}

TEST_CASE("nothing is left of replicas after kill -9 of pipectl", "[replicas][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string order = GENERATE("kept", "any");
    Child child = start_pipectl(
        folder, stage("read", {"yes"}) +
                    shell("work", "sleep 100", {"replicas = 2", "order = '" + order + "'"}));
    REQUIRE(wait_until([&] { return child.running() && has_guard(child.pid()); }));
    child.signal(SIGKILL);
    CHECK(none_left(check));
}

TEST_CASE("no replica sees an end that is not true when its stage is killed", "[replicas][R45]") {
    const LeakCheck check;
    for (int i = 0; i < rounds(20); ++i) {
        const TemporaryFolder folder;
        Child child = start_pipectl(
            folder, shell("read", "while :; do echo x; done") +
                        shell("work",
                              "echo $PPID >pid-$replica.new; mv pid-$replica.new pid-$replica; "
                              "exec " +
                                  misbehave() + " sum sum-$replica >/dev/null",
                              {replicas(2, "4KiB"), "order = 'any'"}));
        const pid_t starter = wait_for_pid(folder.path("pid-0"));
        (void)wait_for_pid(folder.path("pid-1"));
        ::kill(starter, SIGKILL);
        CHECK(child.wait(20s) == exited(128 + SIGKILL));
        REQUIRE_FALSE(folder.has("sum-0"));
        REQUIRE_FALSE(folder.has("sum-1"));
    }
}

TEST_CASE("what a replica has started sees no end that is not true either", "[replicas][R45]") {
    const LeakCheck check;
    const bool killed = GENERATE(false, true);
    CAPTURE(killed);
    const TemporaryFolder folder;
    Child child = start_pipectl(
        folder,
        shell("read", "while :; do echo x; done") +
            shell("work",
                  "if [ $replica = 1 ]; then while [ ! -e go ]; do sleep 0.01; done; exit 3; fi; "
                  "echo $PPID >pid.new; mv pid.new pid; " +
                      misbehave() + " sum sum >/dev/null; :",
                  {replicas(2, "4KiB"), "order = 'any'"}));
    const pid_t starter = wait_for_pid(folder.path("pid"));
    if (killed) {
        ::kill(starter, SIGKILL);
    } else {
        folder.write("go", "");
    }
    CHECK(child.wait(20s) == exited(killed ? 128 + SIGKILL : 3));
    CHECK_FALSE(folder.has("sum"));
}

TEST_CASE("the others are ended before they could see the end that a failure makes",
          "[replicas][R45]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("read", "while :; do echo x; done") +
                    shell("work",
                          "if [ $replica = 0 ]; then : >ready; cat >/dev/null; : >saw-an-end; "
                          "else while [ ! -e ready ]; do sleep 0.01; done; exit 3; fi",
                          {replicas(2, "4KiB"), "order = 'any'"}));
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_FALSE(folder.has("saw-an-end"));
}
