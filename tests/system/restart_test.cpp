// Stages that are started again, with the real program.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kQuick = "restart = { when = 'on-failure', delay = '10ms' }";

std::string via_each_kind() {
    return pipeline({"via = '" + std::string(GENERATE(from_range(channels()))) + "'"});
}

Record record_in(const TemporaryFolder& folder) {
    return Record(folder.read("record.json"));
}

/// `first` the first time, else `later`.
std::string first_time(const std::string& first, const std::string& later) {
    return "if mkdir tried 2>/dev/null; then " + first + "; else " + later + "; fi";
}

}  // namespace

TEST_CASE("a reader that failed goes on with what waits in the channel, over every kind") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each_kind();
    CAPTURE(head);
    const RunResult result = run_pipectl(
        folder,
        head +
            shell("write",
                  "printf 'one\\n'; until [ -e tried ]; do sleep 0.01; done; "
                  "seq 100000") +
            shell("read", first_time("read line; echo \"$line\"; exit 3", "exec cat"), {kQuick}) +
            stage("last", {"cat"}, {"stdout = 'out'"}),
        {"--json", "record.json"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    std::string wanted = "one\n";
    for (int i = 1; i <= 100000; ++i)
        wanted += std::to_string(i) + "\n";
    CHECK(folder.read("out") == wanted);
    CHECK(record_in(folder).member("read", "restarts") == "1");
    CHECK(record_in(folder).verdict("read") == "ok");
    CHECK(record_in(folder).verdict("write") == "ok");
}

TEST_CASE("a writer that failed goes on where its reader waits, over every kind") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each_kind();
    CAPTURE(head);
    const std::string how = GENERATE("exit 3", "kill -9 $$");
    const RunResult result = run_pipectl(
        folder, head + shell("write", first_time("echo one; " + how, "seq 50000"), {kQuick}) +
                    stage("read", {"cat"}, {"stdout = 'out'"}));
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    std::string wanted = "one\n";
    for (int i = 1; i <= 50000; ++i)
        wanted += std::to_string(i) + "\n";
    CHECK(folder.read("out") == wanted);
}

TEST_CASE("no reader is shown an end of a stage that fails to the last, over every kind") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each_kind();
    CAPTURE(head);
    const RunResult result =
        run_pipectl(folder,
                    head +
                        shell("write", "echo x; exit 3",
                              {"restart = { when = 'on-failure', max = 2, delay = '10ms' }"}) +
                        shell("read", "cat > got; touch ended"),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_FALSE(folder.has("ended"));
    CHECK(std::string("x\nx\nx\n").starts_with(folder.read("got")));
    CHECK_THAT(result.err, ContainsSubstring("exited with status 3, after 2 restarts"));
    CHECK(record_in(folder).member("write", "restarts") == "2");
}

TEST_CASE("a writer ends when a reader that was started again has enough, over every kind") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = via_each_kind();
    CAPTURE(head);
    const RunResult result =
        run_pipectl(folder,
                    head + stage("write", {"yes"}) +
                        shell("read", first_time("exit 3", "head -c 10 | wc -c"), {kQuick}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "10\n");
    CHECK(record_in(folder).verdict("write") == "cut");
}

TEST_CASE("always: a stage that takes an item a life takes all of them, and then it is done") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("write", "for i in 1 2 3; do echo $i; done") +
                                shell("read", "read line && echo \"got $line\"; exit 0",
                                      {"restart = { when = 'always', delay = '10ms' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "got 1\ngot 2\ngot 3\n");
}

TEST_CASE("always: the end of a pipe that pipectl itself was given is an end") {
    const LeakCheck check;
    const TemporaryFolder folder;
    (void)folder.write("x.toml",
                       stage("read", {"cat"}, {"restart = { when = 'always', delay = '10ms' }"}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"sh", "-c", "echo x | " PIPECTL_BINARY " run x.toml"}, options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "x\n");
}

TEST_CASE("a file and a text as stdin are read from their start again") {
    const LeakCheck check;
    const TemporaryFolder folder;
    (void)folder.write("in", "a\nb\n");
    const std::string key = GENERATE("stdin = 'in'", "stdin = { text = \"a\\nb\\n\" }");
    const RunResult result = run_pipectl(
        folder, shell("read", first_time("read line; exit 3", "exec cat"), {kQuick, key}));
    CAPTURE(key, result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "a\nb\n");
}

TEST_CASE("a signal in the delay ends the run at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(
        folder,
        shell("fails", "exit 3", {"restart = { when = 'on-failure', delay = '1m' }"}) +
            stage("read", {"cat"}, {"stdout = 'out'"}),
        {"--events", "events"});
    REQUIRE(wait_until([&] {
        return folder.has("events") &&
               folder.read("events").find("restart-planned") != std::string::npos;
    }));
    CHECK(wait_until([] {
        const std::string runs = pipectl_says({"ps"}).out;
        return runs.find("'fails' rests before restart 1") != std::string::npos;
    }));
    child.signal(SIGTERM);
    const RunResult result = child.finish(5s);
    CAPTURE(result);
    CHECK(result.status == killed_by(SIGTERM));
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("a descriptor that the process before has made non-blocking blocks again") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // what is late is written when the second one waits for it: in read(2), or it has failed
    const RunResult result = run_pipectl(
        folder, shell("write",
                      "until [ -s again ]; do sleep 0.01; done; pid=$(cat again); until ! [ -e "
                      "/proc/$pid ] || { grep -qx cat /proc/$pid/comm && grep -q "
                      "'^State:.*[SZ]' /proc/$pid/status; }; do sleep 0.01; done; echo late") +
                    shell("read",
                          first_time("python3 -c 'import os; os.set_blocking(0, False)'; exit 3",
                                     "echo $$ > new; mv new again; exec cat"),
                          {kQuick}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "late\n");
}

TEST_CASE("two that talk: the one that fails is started again with the answer that waits") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "tcp", "shm");
    CAPTURE(via);
    const RunResult result = run_pipectl(
        folder, shell("ask",
                      first_time("echo 1; until [ -e answered ]; do sleep 0.01; done; exit 3",
                                 "read answer; echo \"$answer\" >&2"),
                      {"talks-to = { stage = 'calc', via = '" + via + "' }", kQuick}) +
                    shell("calc", "while read n; do echo $((n * 3)); touch answered; done"));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err, ContainsSubstring("3\n"));
}

TEST_CASE("nothing is left when all of pipectl is killed in a delay", "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(
        folder,
        shell("fails", "exit 3", {"restart = { when = 'on-failure', delay = '1m' }"}) +
            shell("read", "echo $$ > pid; exec cat"),
        {"--events", "events"});
    REQUIRE(wait_until([&] {
        return folder.has("events") &&
               folder.read("events").find("restart-planned") != std::string::npos;
    }));
    const pid_t reader = wait_for_pid(folder.path("pid"));
    child.signal(SIGKILL);
    CHECK(wait_for_end(reader, 2s));
}

TEST_CASE("end = 'closed' and restart do not go together", "[check]") {
    const TemporaryFolder folder;
    (void)folder.write("x.toml", stage("a", {"cat"}, {"end = 'closed'", kQuick}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = pipectl_says({"check", "x.toml"}, options);
    CAPTURE(result);
    CHECK(result.status == exited(1));
    CHECK_THAT(result.err + result.out, ContainsSubstring("cannot be started again with end"));
}
