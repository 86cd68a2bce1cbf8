// Stages that start after others, gates, and inputs that are files, with the real program.

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string over_each_kind() {
    return pipeline({"via = '" + std::string(GENERATE(from_range(channels()))) + "'"});
}

}  // namespace

TEST_CASE("a stage after another finds what that one has made") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("make", "echo made; mkdir -p out/work; echo text > out/in") +
                                stage("use", {"cat", "-"},
                                      {"after = 'make'", "stdin = 'out/in'", "stdout = 'out/copy'",
                                       "cwd = 'out/work'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "made\n");  // no data goes that way
    CHECK(folder.read("out/copy") == "text\n");
}

TEST_CASE("what an earlier stage did not make is missing at the start of the later one") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string key = GENERATE("cwd = 'no'", "stdin = 'no/in'", "stdout = 'no/out'");
    const RunResult result = run_pipectl(
        folder, stage("first", {"true"}) + stage("later", {"true"}, {"after = 'first'", key}));
    CAPTURE(key, result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("'later' could not be started"));
    CHECK_THAT(result.err, ContainsSubstring("no"));
}

TEST_CASE("a program that no stage could bring about is missing before the first start") {
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("first", "touch started") +
                                stage("later", {"no-such-program-x"}, {"after = 'first'"}));
    CAPTURE(result);
    CHECK(result.status == exited(127));
    CHECK_FALSE(folder.has("started"));
}

TEST_CASE("a gate's reader starts when all is there, over every kind", "[R44]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = over_each_kind();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder, head + shell("write", misbehave() + " write 3000000; echo done > mark") +
                    shell("read", "cat mark >&2; " + misbehave() + " sum",
                          {"from = { stage = 'write', when = 'complete' }", "stdout = 'sum'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("done"));
}

TEST_CASE("a gate's reader never starts when the writer failed, over every kind", "[R44]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = over_each_kind();
    const std::string how = GENERATE("when = 'complete'", "as = 'file'");
    CAPTURE(head, how);
    const RunResult result = run_pipectl(
        folder,
        head + shell("write", "seq 1000; exit 3") +
            shell("read", "touch started", {"inputs = { x = { stage = 'write', " + how + " } }"}));
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_FALSE(folder.has("started"));
}

TEST_CASE("an input that is a file can be seeked in and opened twice, over every kind") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = over_each_kind();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder, head + stage("write", {"seq", "100000"}) +
                    shell("read",
                          "test -f ${in.x}; head -c 10 ${in.x} >/dev/null; tail -n 1 ${in.x}; "
                          "wc -c < ${in.x}; dd if=${in.x} bs=1 skip=588888 2>/dev/null",
                          {"inputs = { x = { stage = 'write', as = 'file' } }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "100000\n588895\n100000\n");
}

TEST_CASE("several feeds of one input make one file, stdin too") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("a", {"seq", "2"}) +
                                stage("b", {"seq", "3", "4"}, {"stdin = { null = true }"}) +
                                shell("c", "test -f /dev/stdin && cat",
                                      {"from = [{ stage = 'a', as = 'file' }, 'b']"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "1\n2\n3\n4\n");
}

TEST_CASE("ways that meet again behind a gate do not lock up") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("gen", {"seq", "3000000"}) +
            stage("sum", {"wc", "-l"}, {"from = { stage = 'gen', when = 'complete' }"}) +
            shell("join", "cat ${in.a} ${in.b} | wc -l", {"inputs = { a = 'sum', b = 'gen' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "3000001\n");
}

TEST_CASE("a way that meets an order without data does not lock up") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("gen", {"seq", "3000000"}) + stage("later", {"echo", "first"}, {"after = 'gen'"}) +
            shell("join", "cat ${in.a} ${in.b} | wc -l", {"inputs = { a = 'later', b = 'gen' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "3000001\n");
}

TEST_CASE("200 MB wait at a gate in bounded memory") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        misbehaving("write", {"write", "200000000"}) +
            stage("read", {"wc", "-c"}, {"from = { stage = 'write', when = 'complete' }"}),
        {"--json", "run.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "200000000\n");
    CHECK(Record(folder.read("run.json")).highest_memory("spill:") < 32 << 20);
}

TEST_CASE("steps however they ended: a failure stays the run's, and the last step runs") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("work", "exit 3") +
                    shell("clean", "echo cleaned", {"after = { stage = 'work', when = 'ended' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK(result.out == "cleaned\n");
}

TEST_CASE("a circle of orders is refused with the names on it") {
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, stage("a", {"true"}, {"after = 'b'"}) + stage("b", {"true"}, {"from = 'a'"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("wait for each other in a circle: "));
}

TEST_CASE("a file that is replaced at the end is not read as if it were there by then") {
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("a", {"seq", "3"}, {"stdout = 'f'"}) +
                                stage("b", {"cat"}, {"after = 'a'", "stdin = 'f'"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("'b' would read the old one"));
    const RunResult in_place =
        run_pipectl(folder, stage("a", {"seq", "3"}, {"stdout = { file = 'f', atomic = false }"}) +
                                stage("b", {"cat"}, {"after = 'a'", "stdin = 'f'"}));
    CAPTURE(in_place);
    CHECK(in_place.out == "1\n2\n3\n");
}

TEST_CASE("what a later stage writes in place is cut when that stage starts") {
    const LeakCheck check;
    const TemporaryFolder folder;
    (void)folder.write("f", "old\n");
    const RunResult result =
        run_pipectl(folder, stage("a", {"cat", "f"}) +
                                stage("b", {"echo", "new"},
                                      {"after = 'a'", "stdout = { file = 'f', atomic = false }"}));
    CAPTURE(result);
    CHECK(result.out == "old\n");
    CHECK(folder.read("f") == "new\n");
}
