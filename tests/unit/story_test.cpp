#include "orchestrator/report/story.hpp"

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/run_events.hpp"

using namespace pipectl;  // NOLINT: a test of one library
using Why = CancelBegan::Why;

namespace {

ExitStatus exited(int code) {
    return {code, 0, false};
}

ExitStatus killed(int signal, bool core = false) {
    return {0, signal, core};
}

RunEvents four_stages() {
    RunEvents run;
    run.process("read", {"zcat", "access.log.gz"}, 5)
        .process("slow", {"awk", "$10 > 500"}, 9)
        .process("count", {"sh", "-c", "sort | uniq -c"}, 21)
        .process("top", {"head", "-n", "20"}, 25)
        .start_all();
    return run;
}

std::string story(const RunEvents& run) {
    return render_story(summarize(run.events()), false);
}

}  // namespace

TEST_CASE("a run that succeeded has no story") {
    auto run = four_stages();
    run.end(1, 0, exited(0), Verdict::ok).at(1, RunEnded{Verdict::ok, 0, 0, ""});
    CHECK(story(run).empty());
}

TEST_CASE("a run that was cut from outside has no story") {
    auto run = four_stages();
    run.end(1, 3, killed(SIGPIPE), Verdict::cut)
        .at(1, OutputDecided{"slow.txt", false, ""})
        .at(1, RunEnded{Verdict::cut, 141, SIGPIPE, ""});
    CHECK(story(run).empty());
}

TEST_CASE("the story of a failure names stage, status, command, place, stderr and victims") {
    auto run = four_stages();
    run.end(1, 2, exited(3), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 2, 0, ""})
        .at(1, SignalSent{0, SIGTERM})
        .at(1, SignalSent{1, SIGTERM})
        .at(1, SignalSent{3, SIGTERM})
        .end(1.1, 0, killed(SIGTERM), Verdict::cancelled)
        .end(1.1, 1, killed(SIGTERM), Verdict::cancelled)
        .at(6, SignalSent{3, SIGKILL})
        .end(6.1, 3, killed(SIGKILL), Verdict::cancelled)
        .at(6.1, StderrTail{2, "sort: write error\nbye\n"})
        .at(6.1, OutputDecided{"slow.txt", false, ""})
        .at(6.1, RunEnded{Verdict::failed, 3, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: stage 'count' exited with status 3\n"
          "  command: sh -c 'sort | uniq -c'  (at slow.toml:21)\n"
          "  its last lines of stderr:\n"
          "    | sort: write error\n"
          "    | bye\n"
          "  cancelled because of it: 'read', 'slow' (SIGTERM), 'top' (SIGKILL after 5.0 s)\n"
          "  not replaced: 'slow.txt'\n");
}

TEST_CASE("colour adds sequences and changes nothing else") {
    auto run = four_stages();
    run.end(1, 0, exited(1), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 0, 0, ""})
        .at(1, RunEnded{Verdict::failed, 1, 0, ""});
    CHECK(render_story(summarize(run.events()), true) ==
          "\x1b[1mpipectl:\x1b[0m 'slow-requests' \x1b[1;31mfailed\x1b[0m: stage 'read' exited "
          "with status 1\n"
          "  command: zcat access.log.gz\x1b[2m  (at slow.toml:5)\x1b[0m\n");
}

TEST_CASE("the story says by which signal a stage was ended, and what is known of its sender") {
    const auto told = [](int signal, bool core) {
        auto run = four_stages();
        run.end(1, 1, killed(signal, core), Verdict::failed)
            .at(1, CancelBegan{Why::failure, 1, 0, ""})
            .at(1, RunEnded{Verdict::failed, 128 + signal, 0, ""});
        return story(run);
    };
    const std::string command = "  command: awk '$10 > 500'  (at slow.toml:9)\n";
    CHECK(told(SIGSEGV, true) ==
          "pipectl: 'slow-requests' failed: stage 'slow' was ended by SIGSEGV (core dumped)\n" +
              command);
    CHECK(told(SIGKILL, false) ==
          "pipectl: 'slow-requests' failed: stage 'slow' was ended by SIGKILL\n" + command +
              "  note: pipectl did not send it; the kernel does when memory runs out\n");
    CHECK(told(SIGPIPE, false) ==
          "pipectl: 'slow-requests' failed: stage 'slow' was ended by SIGPIPE\n" + command +
              "  note: its reader closed the edge without having ended well\n");
}

TEST_CASE("what a shell's status means is said") {
    const auto told = [](int code) {
        auto run = four_stages();
        run.end(1, 2, exited(code), Verdict::failed)
            .at(1, CancelBegan{Why::failure, 2, 0, ""})
            .at(1, RunEnded{Verdict::failed, code, 0, ""});
        return story(run);
    };
    const std::string command = "  command: sh -c 'sort | uniq -c'  (at slow.toml:21)\n";
    CHECK(told(137) ==
          "pipectl: 'slow-requests' failed: stage 'count' exited with status 137 (a command in it "
          "was ended by SIGKILL)\n" +
              command);
    CHECK(told(127) == "pipectl: 'slow-requests' failed: stage 'count' exited with status 127\n" +
                           command +
                           "  note: 127 of a shell means that a command in it was not found\n");
    CHECK(told(0) ==
          "pipectl: 'slow-requests' failed: stage 'count' exited with status 0, which its `ok` "
          "does not list\n" +
              command);
}

TEST_CASE("other failures of the same moment are told too") {
    auto run = four_stages();
    run.end(1, 1, exited(2), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 1, 0, ""})
        .end(1, 0, exited(1), Verdict::failed)
        .at(1, RunEnded{Verdict::failed, 2, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: stage 'slow' exited with status 2\n"
          "  command: awk '$10 > 500'  (at slow.toml:9)\n"
          "  also failed: 'read' exited with status 1\n");
}

TEST_CASE("a failed helper is called pipectl's own") {
    RunEvents run;
    run.process("a", {"cat"}, 3)
        .process("copy:a.stdout", {"pipectl-helper", "copy"}, 3, true)
        .start_all()
        .end(1, 1, exited(1), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 1, 0, ""})
        .end(1, 0, killed(SIGTERM), Verdict::cancelled)
        .at(1, RunEnded{Verdict::failed, 125, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: pipectl's own helper 'copy:a.stdout' exited with "
          "status 1\n"
          "  command: pipectl-helper copy  (at slow.toml:3)\n"
          "  cancelled because of it: 'a' (SIGTERM)\n");
}

TEST_CASE("a run that timed out names the stages that were still running") {
    auto run = four_stages();
    run.end(1, 0, exited(0), Verdict::ok)
        .at(600, CancelBegan{Why::run_timeout, -1, 0, ""})
        .at(600, SignalSent{1, SIGTERM})
        .at(600, SignalSent{2, SIGTERM})
        .end(600.1, 1, killed(SIGTERM), Verdict::timeout)
        .at(605, SignalSent{2, SIGKILL})
        .end(605.1, 2, killed(SIGKILL), Verdict::timeout)
        .at(605.1, RunEnded{Verdict::timeout, 124, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' timed out: the run was not done after 10 m 00 s\n"
          "  still running: 'slow' (SIGTERM), 'count' (SIGKILL after 5.0 s)\n");
}

TEST_CASE("a stage that timed out is named, with the time it had") {
    auto run = four_stages();
    run.at(2.01, CancelBegan{Why::stage_timeout, 1, 0, ""})
        .at(2.01, SignalSent{0, SIGTERM})
        .at(2.01, SignalSent{1, SIGTERM})
        .end(2.1, 0, killed(SIGTERM), Verdict::cancelled)
        .end(2.1, 1, killed(SIGTERM), Verdict::timeout)
        .at(2.1, RunEnded{Verdict::timeout, 124, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' timed out: stage 'slow' was still running after 2.0 s (ended "
          "by SIGTERM)\n"
          "  command: awk '$10 > 500'  (at slow.toml:9)\n"
          "  cancelled because of it: 'read' (SIGTERM)\n");
}

TEST_CASE("a stage that could not be started is named, and which others had been") {
    RunEvents run;
    run.process("a", {"cat"}, 3)
        .process("b", {"/opt/tool", "-x"}, 6)
        .process("c", {"wc"}, 9)
        .start_run()
        .at(0.01, ProcessStarted{0, 100})
        .at(0.02, StartFailed{1, "cannot execute '/opt/tool': Exec format error", 126})
        .at(0.02, CancelBegan{Why::internal, -1, 0, "stage 'b' could not be started: ..."})
        .at(0.02, SignalSent{0, SIGTERM})
        .at(0.02, SignalSent{0, SIGKILL})
        .end(0.03, 0, killed(SIGKILL), Verdict::cancelled)
        .at(0.03, ProcessJudged{1, Verdict::not_started})
        .at(0.03, ProcessJudged{2, Verdict::not_started})
        .at(0.03, RunEnded{Verdict::failed, 126, 0, "stage 'b' could not be started: ..."});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: stage 'b' could not be started: cannot execute "
          "'/opt/tool': Exec format error\n"
          "  command: /opt/tool -x  (at slow.toml:6)\n"
          "  ended because of it: 'a' (SIGKILL)\n"
          "  not started: 'c'\n");
}

TEST_CASE("a cancelled run is one line, unless somebody did not obey") {
    auto run = four_stages();
    run.at(1, CancelBegan{Why::signal, -1, SIGINT, ""})
        .end(1, 0, killed(SIGINT), Verdict::cancelled);
    auto stubborn = run;
    run.at(1, RunEnded{Verdict::cancelled, 130, SIGINT, ""});
    CHECK(story(run) == "pipectl: 'slow-requests' was cancelled by SIGINT\n");
    stubborn.at(6, SignalSent{3, SIGKILL})
        .end(6, 3, killed(SIGKILL), Verdict::cancelled)
        .at(6, RunEnded{Verdict::cancelled, 130, SIGINT, ""});
    CHECK(story(stubborn) ==
          "pipectl: 'slow-requests' was cancelled by SIGINT\n"
          "  did not end by itself: 'top' (SIGKILL after 5.0 s)\n");
}

TEST_CASE("pipectl's own error is told") {
    auto run = four_stages();
    run.at(1, CancelBegan{Why::internal, -1, 0, "cannot create a pipe: Too many open files"})
        .end(1, 0, killed(SIGKILL), Verdict::cancelled)
        .at(1, RunEnded{Verdict::failed, 125, 0, "cannot create a pipe: Too many open files"});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: cannot create a pipe: Too many open files\n"
          "  ended because of it: 'read' (SIGKILL)\n");
}

TEST_CASE("outputs that could not be replaced are named with path and reason") {
    auto run = four_stages();
    const std::string full = "cannot write 'slow.txt': No space left on device";
    run.end(1, 0, exited(0), Verdict::ok)
        .at(1, OutputDecided{"slow.txt", false, full})
        .at(1, OutputDecided{"other.txt", false, ""})
        .at(1, RunEnded{Verdict::failed, 125, 0, full});
    CHECK(story(run) == "pipectl: 'slow-requests' failed: " + full +
                            "\n"
                            "  not replaced: 'slow.txt', 'other.txt'\n");
    auto stage = four_stages();
    stage.end(1, 0, exited(1), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 0, 0, ""})
        .at(1, OutputDecided{"slow.txt", false, full})
        .at(1, RunEnded{Verdict::failed, 1, 0, ""});
    CHECK(story(stage) ==
          "pipectl: 'slow-requests' failed: stage 'read' exited with status 1\n"
          "  command: zcat access.log.gz  (at slow.toml:5)\n"
          "  output: " +
              full +
              "\n"
              "  not replaced: 'slow.txt'\n");
}

TEST_CASE("by the shell's rules the last stage is the one that failed") {
    auto run = four_stages();
    run.end(1, 0, exited(2), Verdict::failed)
        .end(1, 3, exited(1), Verdict::failed)
        .at(1, RunEnded{Verdict::failed, 1, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: stage 'top' exited with status 1\n"
          "  command: head -n 20  (at slow.toml:25)\n"
          "  also failed: 'read' exited with status 2\n");
}

TEST_CASE("processes that were left behind are told, also after a success") {
    auto run = four_stages();
    run.at(1, LeftoverFound{77, "sleep", "read", false})
        .at(1, LeftoverFound{78, "daemon", "top", true})
        .at(1, RunEnded{Verdict::ok, 0, 0, ""});
    CHECK(story(run) ==
          "pipectl: stage 'read' left 'sleep' (pid 77) running: it was ended\n"
          "pipectl: 'daemon' (pid 78) of stage 'top' runs on (`detach = true`)\n");
}

TEST_CASE("hostile names and texts cannot steer the terminal, and a long list is cut") {
    RunEvents run;
    run.process("a", {"prog", "\x1b[2J", "two\nlines"}, 3);
    for (int i = 0; i < 300; ++i) {
        run.process("s" + std::to_string(i), {"cat"}, 4);
    }
    run.start_all()
        .end(1, 0, exited(1), Verdict::failed)
        .at(1, CancelBegan{Why::failure, 0, 0, ""})
        .at(1, StderrTail{0, "bad \x1b]0;title\x07 \xff"})
        .at(1, OutputDecided{"new\nline\x1b[0m", false, ""});
    for (int i = 1; i <= 300; ++i) {
        run.end(1, i, killed(SIGTERM), Verdict::cancelled);
    }
    run.at(1, RunEnded{Verdict::failed, 1, 0, ""});
    CHECK(story(run) ==
          "pipectl: 'slow-requests' failed: stage 'a' exited with status 1\n"
          "  command: prog $'\\033[2J' $'two\\nlines'  (at slow.toml:3)\n"
          "  its last lines of stderr:\n"
          "    | bad \\x1b]0;title\\x07 \\xff\n"
          "  cancelled because of it: 's0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9' "
          "and 290 more (SIGTERM)\n"
          "  not replaced: 'new\\nline\\x1b[0m'\n");
}
