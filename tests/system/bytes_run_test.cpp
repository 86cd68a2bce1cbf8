// Bytes through pipelines of the real program: unchanged, at once, and no longer than they are
// wanted.

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"

using namespace pipectl::test;

namespace {

std::string any_channel() {
    return GENERATE(from_range(channels()));
}

std::string chain_of_cats(int stages) {
    std::string text;
    for (int i = 1; i <= stages; ++i) {
        text += stage("cat-" + std::to_string(i), {"cat"});
    }
    return text;
}

void cut_yes_a_hundred_times(const std::string& channel) {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (int round = 0; round < rounds(100); ++round) {
        const RunResult result =
            run_pipectl(folder,
                        pipeline({"via = '" + channel + "'"}) + stage("yes", {"yes"}) +
                            stage("head", {"head", "-n", "3"}),
                        {"--json", "record.json"});
        CAPTURE(channel, round, result);
        const Record record(folder.read("record.json"));
        REQUIRE(result.status == exited(0));
        REQUIRE(result.out == "y\ny\ny\n");
        REQUIRE(result.err.empty());
        REQUIRE(record.verdict() == "ok");
        REQUIRE(record.verdict("yes") == "cut");
        REQUIRE(record.verdict("head") == "ok");
    }
}

}  // namespace

TEST_CASE("50 MB of random bytes arrive unchanged through five stages", "[R16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = any_channel();
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder, pipeline({"via = '" + channel + "'"}) +
                                misbehaving("source", {"write", "50000000"}) + chain_of_cats(3) +
                                misbehaving("sum", {"sum"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    static const std::string expected = to_line(pattern_sum(50000000));
    CHECK(result.out == expected);
}

TEST_CASE("every length arrives as it is, from nothing to just beyond a buffer", "[R16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = any_channel();
    for (const int size : {0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1048576, 1048577}) {
        for (const char* piece : {"1009", "65536"}) {
            CAPTURE(channel, size, piece);
            const RunResult result = run_pipectl(
                folder, pipeline({"via = '" + channel + "'"}) +
                            misbehaving("source", {"write", std::to_string(size), piece}) +
                            misbehaving("sum", {"sum"}));
            CAPTURE(result);
            REQUIRE(result.status == exited(0));
            REQUIRE(result.out == to_line(pattern_sum(static_cast<std::uint64_t>(size))));
        }
    }
}

TEST_CASE("yes | head succeeds with yes cut, a hundred times over pipe", "[R18][R41]") {
    cut_yes_a_hundred_times("pipe");
}

TEST_CASE("yes | head succeeds with yes cut, a hundred times over fifo", "[R18][R41]") {
    cut_yes_a_hundred_times("fifo");
}

TEST_CASE("yes | head succeeds with yes cut, a hundred times over unix", "[R18][R41]") {
    cut_yes_a_hundred_times("unix");
}

TEST_CASE("yes | head succeeds with yes cut, a hundred times over tcp", "[R18][R41]") {
    cut_yes_a_hundred_times("tcp");
}

TEST_CASE("yes | head succeeds with yes cut, a hundred times over file", "[R18][R41]") {
    cut_yes_a_hundred_times("file");
}

TEST_CASE("a reader that leaves ends all that feed it, however they write", "[R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = any_channel();
    struct Case {
        const char* title;
        std::string writers;
    };
    const Case cases[] = {
        {"fast", stage("w", {"yes"})},
        {"through others", stage("w", {"yes"}) + chain_of_cats(3)},
        {"a line at a time", shell("w", "while :; do echo line; done")},
        {"a line now and then", shell("w", "while :; do echo line; sleep 0.01; done")},
        {"a shell's pipeline", shell("w", "yes | cat")},
        {"buffered", stage("w", {"awk", "BEGIN { while (1) print \"line\" }"})},
    };
    for (const Case& one : cases) {
        CAPTURE(channel, one.title);
        const RunResult result = run_pipectl(folder,
                                             pipeline({"via = '" + channel + "'"}) + one.writers +
                                                 stage("head", {"head", "-n", "10"}),
                                             {"--json", "record.json"}, {.timeout = 20s});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        // over a file the signal is ours, and may come right after a fork
        const bool left = channel == "file" && result.err.find("left 'sleep'") != std::string::npos;
        CHECK((result.err.empty() || left));
        CHECK(Record(folder.read("record.json")).verdict("w") == "cut");
    }
}

TEST_CASE("a writer that sleeps on a full channel ends when its reader takes some of it and leaves",
          "[R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE("unix", "tcp");
    // between a quarter and the whole of what the channel holds, nothing wakes the writer by itself
    for (const char* bytes : {"1", "20000", "50000", "90000", "140000", "400000", "2000000"}) {
        CAPTURE(channel, bytes);
        const RunResult result =
            run_pipectl(folder,
                        pipeline({"via = '" + channel + "'"}) + stage("yes", {"yes"}) +
                            misbehaving("reader", {"read-when-full", bytes}),
                        {"--json", "record.json"}, {.timeout = 20s});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(Record(folder.read("record.json")).verdict("yes") == "cut");
    }
}

TEST_CASE("a writer that had nothing more to say is ok when its reader leaves first", "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = any_channel();
    CAPTURE(channel);
    const RunResult result = run_pipectl(
        folder,
        pipeline({"via = '" + channel + "'"}) +
            shell("w", "printf 'one\\ntwo\\n'; " + misbehave() + " wait-for-file gone") +
            shell("r", "read line; echo $line") + misbehaving("after", {"sum", "gone"}),
        {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(Record(folder.read("record.json")).verdict("w") == "ok");
}

TEST_CASE("data is there as soon as it was written: nothing waits for a full buffer", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = any_channel();
    CAPTURE(channel);
    Child run = start_pipectl(
        folder, pipeline({"via = '" + channel + "'"}) +
                    shell("w", "echo one; " + misbehave() + " wait-for-file go; echo two") +
                    shell("r", "read a; echo $a; read b; echo $b"));
    CHECK(run.wait_for_out("one\n"));
    folder.write("go", "");
    const RunResult result = run.finish();
    CHECK(result.out == "one\ntwo\n");
}

TEST_CASE("each edge may have a channel of its own") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        misbehaving("source", {"write", "2000000"}) + stage("a", {"cat"}, {"via = 'fifo'"}) +
        stage("b", {"cat"}, {"via = { channel = 'unix', size = '64KiB' }"}) +
        stage("c", {"cat"}, {"via = 'tcp'"}) + stage("d", {"cat"}, {"via = 'file'"}) +
        misbehaving("sum", {"sum"});
    const std::string expected = to_line(pattern_sum(2000000));
    CHECK(run_pipectl(folder, definition).out == expected);
    CHECK(run_pipectl(folder, definition, {"--via", "tcp"}).out == expected);
    CHECK(run_pipectl(folder, definition, {"--via", "sum=file", "--via", "a=unix"}).out ==
          expected);
    const RunResult wrong = run_pipectl(folder, definition, {"--via", "summ=file"});
    CAPTURE(wrong);
    CHECK(wrong.status == exited(125));
    CHECK_THAT(wrong.err, Catch::Matchers::ContainsSubstring("'sum'"));
}

TEST_CASE("what a stage says on stderr passes unchanged, and nothing of ours is on stdout",
          "[R39]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string odd = std::string("\x1b[31mred\0\xff\r\n", 12);
    folder.write("odd", odd);
    const RunResult result = run_pipectl(
        folder, stage("a", {"cat", "odd"}) + shell("b", "cat odd >&2; cat") + stage("c", {"cat"}));
    CHECK(result.status == exited(0));
    CHECK(result.out == odd);
    CHECK(result.err == odd);
}
