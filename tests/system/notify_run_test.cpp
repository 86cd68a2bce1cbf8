// Signals between stages and from outside: the mask that a stage starts with, `pipectl signal` with
// every signal and from a stage's first moment on, and `notify`.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// All that a program can block.
std::string every_signal() {
    std::string names = "[";
    for (int number = 1; number <= SIGRTMAX; ++number) {
        const bool ours = number == 32 || number == 33;
        if (ours || number == SIGKILL || number == SIGSTOP) continue;
        names += "'" + std::to_string(number) + "',";
    }
    return names + "]";
}

constexpr const char* kNothing = "stdin = { null = true }";

}  // namespace

TEST_CASE("a stage starts with the signals blocked that its definition names", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("a", {"grep", "SigBlk", "/proc/self/status"},
                                  {kNothing, "signals = { block = ['SIGUSR1', 'SIGRTMIN+3'] }"}) +
                                stage("b", {"grep", "SigBlk", "/proc/self/status"}, {kNothing}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    // signals 10 and 37
    CHECK_THAT(result.out, ContainsSubstring("SigBlk:\t0000001000000200\n"));
    CHECK_THAT(result.out, ContainsSubstring("SigBlk:\t0000000000000000\n"));
}

TEST_CASE("every signal reaches the stage that it is sent to", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string script;
    std::string expected;
    int sent = 0;
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (number == 32 || number == 33 || number == SIGKILL || number == SIGSTOP) continue;
        script += " " + std::to_string(number);
        expected += "got " + std::to_string(number) + "\n";
        ++sent;
    }
    const RunResult result = run_pipectl(
        folder,
        shell("sender",
              "for s in" + script +
                  "; do \"$PIPECTL\" signal $PIPECTL_RUN/x $s || "
                  "exit 9; while ! grep -q \"got $s\\$\" got; do sleep 0.01; done; done",
              {kNothing}) +
            misbehaving("x", {"take-signals", std::to_string(sent)},
                        {kNothing, "stdout = { file = 'got', atomic = false }",
                         "signals = { block = " + every_signal() + ", cancel = 'KILL' }"}),
        {}, {.environment = {std::string("PIPECTL=") + PIPECTL_BINARY}});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("got") == expected);
}

TEST_CASE("signal names what it does not know", "[signals]") {
    CHECK_THAT(pipectl_says({"signal", "x", "33"}).err,
               ContainsSubstring("unknown signal '33': 32 and 33 are the C library's own"));
    CHECK_THAT(pipectl_says({"signal", "x", "SIGURS1"}).err, ContainsSubstring("did you mean"));
    CHECK(pipectl_says({"signal", "x", "65"}).status == exited(125));
}

TEST_CASE("a stage may signal another one as its first act", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (int i = 0; i < rounds(5); ++i) {
        const RunResult result = run_pipectl(
            folder,
            shell("first", "exec \"$PIPECTL\" signal \"$PIPECTL_RUN/x\" SIGRTMIN+3", {kNothing}) +
                misbehaving("x", {"take-signals", "1"},
                            {kNothing, "signals = { block = ['SIGRTMIN+3'] }"}),
            {}, {.environment = {std::string("PIPECTL=") + PIPECTL_BINARY}});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.out == "got 37\n");
        CHECK(result.wall_s < 5);
    }
}

TEST_CASE("who asks for a run that has ended is told at once, in its variable's name too",
          "[signals]") {
    const double begun = now();
    const RunResult result = pipectl_says({"signal", "0123456789abcdef0123456789abcdef/x", "USR1"},
                                          {.environment = {"PIPECTL_RUN="
                                                           "0123456789abcdef0123456789abcdef"}});
    CHECK(result.status == exited(125));
    CHECK(now() - begun < 5);
}

TEST_CASE("a stage gets its signal when another one has ended, however", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string how = GENERATE("exit 0", "exit 3", "kill -9 $$");
    CAPTURE(how);
    const RunResult result =
        run_pipectl(folder, shell("load", how, {kNothing, "ok = 'any'"}) +
                                misbehaving("x", {"take-signals", "1"},
                                            {kNothing, "signals = { block = ['USR1'] }",
                                             "notify = [{ stage = 'load', signal = 'USR1' }]"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("got 10\n"));
}

TEST_CASE("a stage that is started after the other one has ended gets its signal too",
          "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string definition = shell("load", "true", {kNothing});
    for (int i = 0; i < 40; ++i) {
        definition += stage("s" + std::to_string(i), {"true"}, {kNothing});
    }
    const RunResult result = run_pipectl(
        folder, definition + misbehaving("x", {"take-signals", "1"},
                                         {kNothing, "signals = { block = ['USR1'] }",
                                          "notify = [{ stage = 'load', signal = 'USR1' }]"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("got 10\n"));
}

TEST_CASE("a stage gets its signal when the output of another one has begun", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string via = GENERATE("pipe", "shm");
    CAPTURE(via);
    // the other one goes on until it is seen that the signal came
    const RunResult result = run_pipectl(
        folder,
        shell("load", "echo x; until grep -q 'got 10' got; do sleep 0.01; done", {kNothing}) +
            stage("cat", {"cat"}, {"via = '" + via + "'", "stdout = { null = true }"}) +
            misbehaving("x", {"take-signals", "2"},
                        {kNothing, "stdout = { file = 'got', atomic = false }",
                         "signals = { block = ['USR1', 'USR2'] }",
                         "notify = [{ when = 'first-byte', stage = 'load', signal = 'USR1' },"
                         " { when = 'ended', stage = 'load', signal = 'USR2' }]"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("got") == "got 10\ngot 12\n");
}

TEST_CASE("a stage that is not ready for its signal is ended by it, and has failed", "[signals]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("load", "sleep 0.1", {kNothing}) +
                    stage("x", {"sleep", "100"},
                          {kNothing, "notify = [{ stage = 'load', signal = 'USR1' }]"}));
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGUSR1));
}
