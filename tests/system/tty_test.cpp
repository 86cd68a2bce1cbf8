// Stages with a pseudo-terminal: what they see, what comes of their bytes, and how they end.

#include <signal.h>

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kTty = "tty = true";

}  // namespace

TEST_CASE("stdout of a stage with tty is a terminal", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto says = [&](const std::string& script, const std::vector<std::string>& keys) {
        const RunResult result =
            run_pipectl(folder, shell("x", script, keys) + stage("out", {"cat"}), {},
                        {.environment = {"COLUMNS=91", "LINES=17"}});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        return result.out;
    };
    const std::string script = "[ -t 1 ] && echo one; [ -t 2 ] && echo two; exit 0";
    CHECK(says(script, {}).empty());
    CHECK(says(script, {kTty}) == "one\n");
    CHECK(says(script, {kTty, "stderr = 'stdout'"}) == "one\ntwo\n");
    CHECK(says("stty size <&1", {kTty}) == "17 91\n");
}

TEST_CASE("a program with a terminal writes each line at once", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // the second line is written when the first one has come through grep
    const RunResult result =
        run_pipectl(folder,
                    shell("write", "echo a1; while [ ! -e go ]; do sleep 0.01; done; echo a2") +
                        stage("find", {"grep", "a"}, {kTty}) +
                        shell("read", "read -r line; : >go; echo $line; cat"),
                    {"--timeout", "20s"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "a1\na2\n");
}

TEST_CASE("bytes through a pseudo-terminal are unchanged", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE(from_range(channels()));
    CAPTURE(via);
    std::string bytes;
    for (std::size_t i = 0; i < std::size_t{1} << 20; ++i) {
        bytes += static_cast<char>(i + (i >> 8) + (i >> 16));
    }
    folder.write("in", bytes);
    const RunResult result =
        run_pipectl(folder, pipeline({"via = '" + via + "'"}) + stage("x", {"cat", "in"}, {kTty}) +
                                stage("out", {"cat"}, {"stdout = 'out'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("out") == bytes);
}

TEST_CASE("a reader that has enough cuts a stage with tty", "[tty][R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "unix", "tcp", "file", "shm");
    CAPTURE(via);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + via + "'"}) + stage("x", {"yes"}, {kTty}) +
                        stage("top", {"head", "-n", "2"}),
                    {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "y\ny\n");
    CHECK(Record(folder.read("record")).verdict("x") == "cut");
}

TEST_CASE("a stage with tty ends as its program does", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto status = [&](const std::string& script) {
        return run_pipectl(folder, shell("x", script, {kTty}) + stage("out", {"cat"})).status;
    };
    CHECK(status("echo a; exit 3") == exited(3));
    CHECK(status("echo a; kill -SEGV $$") == exited(128 + SIGSEGV));
    CHECK(status("exec /dev/null") == exited(126));
}

TEST_CASE("kill -9 of what holds the terminal leaves nothing", "[tty][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child =
        start_pipectl(folder, shell("x", "echo $PPID >pid.new; mv pid.new pid; sleep 100", {kTty}));
    ::kill(wait_for_pid(folder.path("pid")), SIGKILL);
    CHECK(child.wait(20s) == exited(128 + SIGKILL));
    CHECK(none_left(check));
}

TEST_CASE("a signal to pipectl reaches the program at its terminal", "[tty][R1]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
    Child child = start_pipectl(
        folder,
        pipeline({"grace = '60s'"}) +
            shell("x", "trap 'echo told >told; exit 1' TERM INT HUP; : >ready; sleep 100 & wait",
                  {kTty}));
    REQUIRE(wait_until([&] { return folder.has("ready"); }));
    child.signal(signal);
    // what it left in the background has the terminal too, and makes nobody wait
    CHECK(child.wait(20s) == killed_by(signal));
    CHECK(folder.has("told"));
}

TEST_CASE("what a stage with tty moved is counted once", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    stage("read", {"head", "-c", "3000000", "/dev/zero"}) +
                        stage("x", {"cat"}, {kTty}) + stage("out", {"cat"}, {"stdout = 'out'"}),
                    {"--json", "record"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    const long long out = std::stoll(Record(folder.read("record")).member("x", "bytes_out"));
    CHECK(out >= 3'000'000);
    CHECK(out < 3'200'000);
}

TEST_CASE("a stage with tty has the size of pipectl's terminal, also when that changes", "[tty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml",
                 shell("x",
                       "trap 'stty size <&1 >size.new; mv size.new size' WINCH; stty size <&1 "
                       ">first.new; mv first.new first; until [ -e enough ]; do sleep 0.02; done",
                       {kTty, "stdin = { null = true }"}) +
                     stage("out", {"cat"}, {"stdout = { null = true }"}));
    Pty pty(31, 97);
    RunOptions options;
    options.cwd = folder.path();
    Child child = pty.start({PIPECTL_BINARY, "run", "pipeline.toml"}, options);
    CHECK(wait_until([&] { return folder.has("first"); }));
    CHECK(folder.read("first") == "31 97\n");
    pty.resize(40, 120);
    CHECK(wait_until([&] { return folder.has("size") && folder.read("size") == "40 120\n"; }));
    folder.write("enough", "");
    CHECK(child.wait(20s) == exited(0));
}
