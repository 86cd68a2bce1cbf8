// The harness itself: a harness that sees nothing would let every other test pass.

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/own_world.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/pty.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

bool mentions(const std::vector<std::string>& leaks, const std::string& text) {
    return std::any_of(leaks.begin(), leaks.end(), [&](const std::string& leak) {
        return leak.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("the leak check sees descriptors, processes and run folders") {
    const LeakCheck check;
    const TemporaryFolder folder;
    CHECK(check.leaks().empty());
    {
        const Fd stray(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        CHECK(mentions(check.leaks(), "/dev/null"));
    }
    const std::string run_folder = check.runtime_folder() + "/pipectl.left";
    { const Fd left(::open(run_folder.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }
    CHECK(mentions(check.leaks(), run_folder));
    ::unlink(run_folder.c_str());
    CHECK(run({misbehave(), "daemonise", folder.path("pid")}).status == exited(0));
    const pid_t daemon = wait_for_pid(folder.path("pid"));
    CHECK(mentions(check.leaks(), "process " + std::to_string(daemon)));
    ::kill(daemon, SIGKILL);
    CHECK(wait_for_end(daemon));
    CHECK(check.leaks().empty());
}

TEST_CASE("a program's input, output, status and surroundings are as asked for") {
    const LeakCheck check;
    const RunResult result =
        run({"/bin/sh", "-c", "cat; echo to stderr >&2; echo $NEW$HOME; ulimit -n; exit 3"},
            {.stdin_text = "to stdin\n",
             .environment = {"NEW=new", "HOME"},
             .limits = {{RLIMIT_NOFILE, 50}}});
    CHECK(result.status == exited(3));
    CHECK(result.out == "to stdin\nnew\n50\n");
    CHECK(result.err == "to stderr\n");
    CHECK_FALSE(result.timed_out);
    CHECK(run({misbehave(), "die-by", "SEGV"}).status == killed_by(SIGSEGV));
    CHECK(run({"no-such-program"}).status == exited(126));
}

TEST_CASE("a program that does not end in time is killed and said to have timed out") {
    const LeakCheck check;
    const RunResult result = run({"/bin/sleep", "100"}, {.timeout = 50ms});
    CHECK(result.timed_out);
    CHECK(result.status == killed_by(SIGKILL));
}

TEST_CASE("what a program writes is seen while it runs") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child(
        {"/bin/sh", "-c",
         "echo one; " + misbehave() + " wait-for-file " + folder.path("go") + "; echo two"});
    CHECK(child.wait_for_out("one\n"));
    CHECK(child.running());
    folder.write("go", "");
    CHECK(child.finish().out == "one\ntwo\n");
}

TEST_CASE("the pattern is the same in programs and tests") {
    const LeakCheck check;
    const RunResult written = run({misbehave(), "write", "100003", "4093"});
    CHECK(written.out == pattern(0, 100003));
    CHECK(run({misbehave(), "sum"}, {.stdin_text = written.out}).out ==
          to_line(pattern_sum(100003)));
}

TEST_CASE("signals to a program are counted by name") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child({misbehave(), "count-signals", folder.path("signals")});
    wait_for_file(folder.path("signals"));
    child.signal(SIGTERM);
    CHECK(wait_until([&] { return folder.read("signals").ends_with("SIGTERM\n"); }));
    child.signal(SIGTERM);
    child.signal_group(SIGTSTP);
    child.signal(SIGUSR2);
    CHECK(child.finish().status == exited(0));
    const std::string signals = folder.read("signals");
    CHECK(signals.find("SIGTERM\n") != signals.rfind("SIGTERM\n"));
    CHECK(signals.find("SIGTSTP\n") != std::string::npos);
    CHECK(signals.find("SIGUSR2\n") != std::string::npos);
}

TEST_CASE("a terminal passes keys, sizes and its end on") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Pty pty(10, 40);
    const termios before = pty.settings();
    Child reader = pty.start({misbehave(), "read-tty"});
    CHECK(pty.wait_for("answer? "));
    CHECK(pty.foreground_group() == reader.pid());
    pty.send("forty-two\n");
    CHECK(pty.wait_for("answer: forty-two\n"));
    CHECK(reader.finish().status == exited(0));

    Child sized = pty.start({misbehave(), "wait-for-resize", folder.path("pid")});
    wait_for_pid(folder.path("pid"));
    pty.resize(20, 60);
    CHECK(pty.wait_for("size 20 60\n"));
    CHECK(sized.finish().status == exited(0));

    Child interrupted = pty.start({"/bin/sh", "-c", "echo started; exec sleep 100"});
    CHECK(pty.wait_for("started"));
    pty.send(kCtrlC);
    CHECK(interrupted.finish().status == killed_by(SIGINT));
    CHECK(same_settings(before, pty.settings()));

    Child raw = pty.start({misbehave(), "raw-terminal-and-die"});
    CHECK(raw.finish().status == killed_by(SIGKILL));
    CHECK_FALSE(same_settings(before, pty.settings()));

    Child hung_up = pty.start({"/bin/sh", "-c", "echo waiting; exec sleep 100"});
    CHECK(pty.wait_for("waiting"));
    pty.hang_up();
    CHECK(hung_up.finish().status == killed_by(SIGHUP));
}

TEST_CASE("a shell with job control stops a job and goes on with it") {
    const LeakCheck check;
    JobShell shell;
    CHECK(shell.command("echo $((6 * 7))") == "42\n");
    shell.type("sleep 100");
    CHECK(wait_until([&] { return shell.terminal().foreground_group() != shell.shell().pid(); }));
    const pid_t job = shell.terminal().foreground_group();
    CHECK(wait_until([&] { return state_of(job) == 'S'; }));
    shell.terminal().send(kCtrlZ);
    CHECK(shell.wait_for_prompt());
    CHECK(state_of(job) == 'T');
    shell.type("fg");
    CHECK(wait_until([&] { return state_of(job) == 'S'; }));
    shell.terminal().send(kCtrlC);
    CHECK(shell.wait_for_prompt());
    CHECK(shell.command("echo $?") == "130\n");
    shell.type("exit");
    CHECK(shell.shell().finish().status.signal == 0);
}

TEST_CASE("another user may start the programs of the checkout, wherever it lies") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can become somebody else");
        return;
    }
    const LeakCheck check;
    const RunResult result = run({PIPECTL_BINARY, "--version"}, {.uid = 65534});
    CHECK(result.status == exited(0));
    CHECK(result.out.starts_with("pipectl "));
}

TEST_CASE("what other programs have in the kernel is no leak of a test") {
    const LeakCheck check;
    const int ours = ::msgget(IPC_PRIVATE, 0600);
    CHECK(mentions(check.leaks(), "System V msg " + std::to_string(ours)));
    ::msgctl(ours, IPC_RMID, nullptr);
    // with a key: no run makes one, whoever else does
    const int others = ::msgget(static_cast<key_t>(::getpid()), IPC_CREAT | 0644);
    CHECK(check.leaks().empty() != enter_own_world());
    ::msgctl(others, IPC_RMID, nullptr);
}
