// At a terminal: stop and continue from a shell with job control, the terminal's own state, stages
// that talk to it, and its end.

#include <signal.h>
#include <unistd.h>

#include "tests/support/pattern.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

std::string run_command(const TemporaryFolder& folder) {
    return std::string(PIPECTL_BINARY) + " run " + folder.path("pipeline.toml");
}

std::vector<pid_t> job_of(const LeakCheck& check, pid_t shell) {
    std::vector<pid_t> pids = survivors(check.marker());
    std::erase(pids, shell);
    return pids;
}

/// All processes of the job but the supervisor are stopped, or wait ('D') for a child that was
/// stopped between vfork and exec.
bool is_stopped(const LeakCheck& check, pid_t shell, pid_t supervisor) {
    for (const pid_t pid : job_of(check, shell)) {
        const char state = state_of(pid);
        if (pid != supervisor && state != 'T' && state != 'D') {
            return false;
        }
    }
    return true;
}

bool none_is_stopped(const LeakCheck& check) {
    for (const pid_t pid : survivors(check.marker())) {
        if (state_of(pid) == 'T') {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("Ctrl-Z stops all, fg goes on, and the bytes are intact", "[R8][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    const std::string piece = misbehave() + " write 100000";
    folder.write(
        "pipeline.toml",
        shell("writer", misbehave() + " announce " + folder.path("first") + " 0\nuntil [ -e " +
                            folder.path("enough") + " ]; do " + piece + "; done") +
            stage("middle", {"cat"}, {"via = 'unix'"}) +
            stage("sum", {misbehave(), "sum", folder.path("sum")}));
    bash.type(run_command(folder));
    wait_for_pid(folder.path("first"));
    const pid_t front = bash.terminal().foreground_group();
    const pid_t supervisor = supervisor_of(front);
    // what is started after a stop was sent has not got it
    REQUIRE(wait_until([&] { return children_of(supervisor).size() == 3; }));
    const int stops = long_tests() ? 20 : 6;
    for (int i = 0; i < stops; ++i) {
        INFO("stop " << i);
        bash.terminal().send(kCtrlZ);
        REQUIRE(bash.wait_for_prompt());
        CHECK(state_of(front) == 'T');
        const bool stopped =
            wait_until([&] { return is_stopped(check, bash.shell().pid(), supervisor); });
        INFO(name_survivors(check));
        CHECK(stopped);
        bash.type("fg");
        CHECK(wait_until([&] { return none_is_stopped(check); }));
        CHECK(wait_until([&] { return bash.terminal().foreground_group() == front; }));
    }
    folder.write("enough", "");
    REQUIRE(bash.wait_for_prompt(30s));
    CHECK(bash.command("echo status $?") == "status 0\n");
    const std::string sum = folder.read("sum");
    Sum expected;
    const std::string block = pattern(0, 100000);
    while (expected.count < std::stoull(sum)) {
        expected.add(block.data(), block.size());
    }
    CHECK(sum == to_line(expected));
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("a stage that is not the first asks on the terminal", "[R9]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    folder.write("pipeline.toml", stage("first", {"echo", "data"}) +
                                      stage("asker", {misbehave(), "read-tty"}) +
                                      stage("last", {"cat"}));
    bash.type(run_command(folder));
    REQUIRE(bash.terminal().wait_for("answer? "));
    bash.terminal().send("forty-two\n");
    CHECK(bash.terminal().wait_for("answer: forty-two\n"));
    CHECK(bash.wait_for_prompt());
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("a stage is told of the terminal's new size", "[R9]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Pty pty;
    folder.write("pipeline.toml",
                 stage("only", {misbehave(), "wait-for-resize", folder.path("ready")}));
    Child run = pty.start({PIPECTL_BINARY, "run", folder.path("pipeline.toml")});
    wait_for_pid(folder.path("ready"));
    pty.resize(33, 44);
    CHECK(pty.wait_for("size 33 44\n"));
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("the terminal is as before after a stage has died in raw mode or took it for itself",
          "[R9]") {
    const LeakCheck check;
    for (const char* what : {"raw-terminal-and-die", "take-terminal-and-die"}) {
        const TemporaryFolder folder;
        Pty pty;
        const termios before = pty.settings();
        folder.write("pipeline.toml", stage("breaker", {misbehave(), what}));
        // someone of the session must be left to look from
        Child shell = pty.start({"/bin/sh", "-c",
                                 run_command(folder) + "; echo $? >status; exec " + misbehave() +
                                     " announce " + folder.path("over")},
                                {.cwd = folder.path()});
        wait_for_pid(folder.path("over"));
        INFO(what << "\n" << pty.screen());
        CHECK(folder.read("status") == "137\n");
        CHECK(same_settings(before, pty.settings()));
        CHECK(pty.foreground_group() == shell.pid());
        shell.signal(SIGKILL);
        (void)shell.finish();
    }
}

TEST_CASE("the terminal is as before after kill -9 of the supervisor of a stage in raw mode",
          "[R9]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Pty pty;
    const termios before = pty.settings();
    folder.write("pipeline.toml", stage("raw", {misbehave(), "raw-terminal", "raw"}));
    Child shell = pty.start({"/bin/sh", "-c",
                             run_command(folder) + " & echo $! >front.new; mv front.new front; " +
                                 "wait $!; exec " + misbehave() + " announce over"},
                            {.cwd = folder.path()});
    const pid_t front = wait_for_pid(folder.path("front"));
    wait_for_pid(folder.path("raw"));
    CHECK_FALSE(same_settings(before, pty.settings()));
    ::kill(supervisor_of(front), SIGKILL);
    wait_for_pid(folder.path("over"));
    INFO(pty.screen());
    CHECK(same_settings(before, pty.settings()));
    shell.signal(SIGKILL);
    (void)shell.finish();
}

TEST_CASE("a run in the background works", "[R10]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    folder.write("pipeline.toml",
                 stage("first", {"echo", "from the background"}) + stage("second", {"cat"}));
    bash.command(run_command(folder) + " &");
    CHECK(bash.terminal().wait_for("from the background"));
    bash.command("");
    bash.command("wait; echo status $?");
    CHECK(bash.command("echo status $?") == "status 0\n");
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("a run in the background stops before it writes to a terminal that forbids it", "[R10]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    bash.command("stty tostop");
    folder.write("pipeline.toml",
                 stage("first", {misbehave(), "announce", folder.path("pid"), "0"}) +
                     shell("second", "cat; echo written"));
    bash.command(run_command(folder) + " &");
    wait_for_pid(folder.path("pid"));
    CHECK(wait_until([&] { return bash.command("jobs -s").find("Stopped") != std::string::npos; }));
    bash.type("fg");
    CHECK(bash.terminal().wait_for("\nwritten"));
    CHECK(bash.wait_for_prompt());
    CHECK(bash.command("echo status $?") == "status 0\n");
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("a run in the background that reads the terminal stops until it is in front") {
    const LeakCheck check;
    const TemporaryFolder folder;
    JobShell bash;
    folder.write("pipeline.toml", stage("first", {"head", "-n", "1"}) + stage("second", {"cat"}));
    bash.command(run_command(folder) + " &");
    CHECK(wait_until([&] { return bash.command("jobs -s").find("Stopped") != std::string::npos; }));
    bash.type("fg");
    REQUIRE(wait_until([&] { return none_is_stopped(check); }));
    bash.terminal().send("typed\n");
    CHECK(bash.terminal().wait_for("typed\ntyped\n"));
    CHECK(bash.wait_for_prompt());
    bash.type("exit");
    (void)bash.shell().finish();
}

TEST_CASE("the end of the terminal ends the run, under a shell and alone", "[R11]") {
    const LeakCheck check;
    {
        const TemporaryFolder folder;
        JobShell bash;
        folder.write("pipeline.toml", six_stages(folder, {"sleep", "1000"}));
        bash.type("cd " + folder.path() + "; " + run_command(folder));
        wait_for_six(folder);
        bash.terminal().hang_up();
        (void)bash.shell().finish();
        CHECK(none_left(check));
    }
    {
        const TemporaryFolder folder;
        Pty pty;
        folder.write("pipeline.toml", six_stages(folder, {"sleep", "1000"}));
        Child run = pty.start({PIPECTL_BINARY, "run", "pipeline.toml"}, {.cwd = folder.path()});
        wait_for_six(folder);
        pty.hang_up();
        CHECK(run.finish().status == killed_by(SIGHUP));
        CHECK(none_left(check));
    }
}

TEST_CASE("with nohup a run goes on when the terminal ends", "[R11]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Pty pty;
    folder.write("pipeline.toml",
                 stage("first", {misbehave(), "wait-for-file", folder.path("go")}) +
                     stage("second", {misbehave(), "announce", folder.path("second"), "0"}) +
                     stage("third", {misbehave(), "sum", folder.path("sum")}));
    Child run = pty.start({"nohup", PIPECTL_BINARY, "run", "pipeline.toml"},
                          {.stdout_fd = -1, .cwd = folder.path()});
    wait_for_pid(folder.path("second"));
    pty.hang_up();
    CHECK(run.running());
    folder.write("go", "");
    CHECK(run.finish().status == exited(0));
    CHECK(folder.has("sum"));
}
