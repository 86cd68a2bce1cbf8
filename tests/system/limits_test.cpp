// A stage that is idle, and one that reaches a limit, with the real program.

#include <sys/resource.h>

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Record record_there(const TemporaryFolder& folder) {
    return Record(folder.read("record.json"));
}

}  // namespace

TEST_CASE("an idle stage ends the run with 124 and is named, over every kind", "[R31]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + via + "'"}) + shell("write", "echo x; exec sleep 60") +
                        stage("read", {"cat"}, {"idle-timeout = '300ms'", "stdout = 'out'"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(124));
    CHECK_THAT(result.err, ContainsSubstring("'read' has read and written nothing for 300ms"));
    CHECK(record_there(folder).verdict("read") == "timeout");
    CHECK(record_there(folder).verdict("write") == "cancelled");
    CHECK_THAT(record_there(folder).text(), ContainsSubstring("\"why\": \"idle-timeout\""));
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("a stage that moves a byte now and then is not idle, nor is a command in its shell") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("write", "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; echo $i; done") +
                    shell("read", "cat; exit 0", {"idle-timeout = '600ms'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

TEST_CASE("the clock of an idle stage stands still while the run is stopped") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    (void)bash.command("cd " + folder.path());
    (void)folder.write("p.toml",
                       shell("write", ": > up; until [ -e go ]; do echo x; sleep 0.1; done") +
                           stage("read", {"cat"}, {"idle-timeout = '800ms'", "stdout = 'out'"}));
    bash.type(std::string(PIPECTL_BINARY) + " run p.toml");
    REQUIRE(wait_until([&] { return folder.has("up"); }));
    bash.terminal().send(kCtrlZ);
    REQUIRE(bash.wait_for_prompt());
    (void)wait_until([] { return false; }, 1600ms);  // twice the limit
    (void)folder.write("go", "");
    (void)bash.command("fg");
    CHECK(bash.command("echo status $?") == "status 0\n");
    CHECK(folder.has("out"));
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("a stage that spends its processor time has failed by its limit") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string script =
        GENERATE("sh -c 'while :; do :; done'; exit $?", "trap '' XCPU; while :; do :; done");
    CAPTURE(script);
    const RunResult result = run_pipectl(folder, shell("spin", script, {"limits = { cpu = '1s' }"}),
                                         {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status.shell_status() >= 128);
    CHECK_THAT(result.err, ContainsSubstring("it reached its limit of `cpu`"));
    CHECK(record_there(folder).verdict("spin") == "failed");
    CHECK(record_there(folder).member("spin", "limit") == "\"cpu\"");
}

TEST_CASE("a stage that writes a file too large has failed by its limit") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    stage("big", {"head", "-c", "100000", "/dev/zero"},
                          {"limits = { file-size = '64KiB' }", "stdout = 'out'"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGXFSZ));
    CHECK_THAT(result.err, ContainsSubstring("it reached its limit of `file-size`"));
    CHECK(record_there(folder).member("big", "limit") == "\"file-size\"");
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("limits are the stage's, and never more than pipectl's own") {
    const LeakCheck check;
    const TemporaryFolder folder;
    RunOptions options;
    options.limits = {{RLIMIT_FSIZE, 1 << 20}};
    const RunResult result = run_pipectl(
        folder,
        shell("limited", "ulimit -t; ulimit -v; ulimit -f; ulimit -n; ulimit -Hn",
              {"limits = { cpu = '1500ms', memory = '1GiB', file-size = '1GiB', files = 50, "
               "processes = 100000 }"}) +
            shell("free", "cat; ulimit -t; ulimit -v"),
        {}, options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "2\n1048576\n2048\n50\n50\nunlimited\nunlimited\n");
}

TEST_CASE("check says what limits cannot do", "[check]") {
    const TemporaryFolder folder;
    (void)folder.write("x.toml", stage("a", {"cat"}, {"limits = { processes = 5 }"}));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = pipectl_says({"check", "x.toml"}, options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.err + result.out, ContainsSubstring("counts all processes of its user"));
}
