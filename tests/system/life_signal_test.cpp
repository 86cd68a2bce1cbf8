// Signals: each reaches each stage once, whoever sent it to whom; those that were ignored when
// pipectl was started stay so; stop, continue, status.

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "stages/base/signal_name.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// Three stages that count what they get, in the files count-0 to count-2.
class Counters {
  public:
    explicit Counters(const TemporaryFolder& folder) : folder_(folder) {}

    [[nodiscard]] std::string definition(std::string_view keys) const {
        std::string text = pipeline({std::string(keys)});
        for (int i = 0; i < 3; ++i) {
            text += stage("s" + std::to_string(i), {misbehave(), "count-signals", file(i)});
        }
        return text;
    }

    void wait_until_ready() const {
        for (int i = 0; i < 3; ++i) {
            REQUIRE_FALSE(wait_for_file(file(i), 30s).empty());
        }
    }

    [[nodiscard]] pid_t pid(int i) const {
        return static_cast<pid_t>(std::strtol(content(i).c_str() + 6, nullptr, 10));  // "ready PID"
    }

    [[nodiscard]] std::string content(int i) const {
        return folder_.read("count-" + std::to_string(i));
    }

    bool wait_for(std::string_view line) const {
        return wait_until([&] {
            for (int i = 0; i < 3; ++i) {
                if (count_lines(content(i), line) == 0) return false;
            }
            return true;
        });
    }

    void end() const {
        for (int i = 0; i < 3; ++i) {
            ::kill(pid(i), SIGUSR2);
        }
    }

    /// Each stage has got exactly these, in any order, after its first line.
    void check(std::string expected) const {
        for (int i = 0; i < 3; ++i) {
            const std::string all = content(i);
            CHECK(all.substr(all.find('\n') + 1) == expected);
        }
    }

  private:
    [[nodiscard]] std::string file(int i) const {
        return folder_.path("count-" + std::to_string(i));
    }

    const TemporaryFolder& folder_;
};

}  // namespace

TEST_CASE("a signal to pipectl alone reaches each stage once") {
    const LeakCheck check;
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        const TemporaryFolder folder;
        const Counters counters(folder);
        Child run = start_pipectl(folder, counters.definition("grace = '500ms'"));
        counters.wait_until_ready();
        run.signal(number);
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == killed_by(number));
        const std::string name = signal_name(number);
        counters.check(name + "\nSIGCONT\n");
    }
}

TEST_CASE("a signal to the whole group reaches each stage once") {
    const LeakCheck check;
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        const TemporaryFolder folder;
        const Counters counters(folder);
        Child run = start_pipectl(folder, counters.definition("grace = '500ms'"));
        counters.wait_until_ready();
        run.signal_group(number);
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == killed_by(number));
        const std::string name = signal_name(number);
        counters.check(name + "\nSIGCONT\n");
    }
}

TEST_CASE("Ctrl-C at a terminal reaches each stage once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Counters counters(folder);
    Pty pty;
    folder.write("pipeline.toml", counters.definition("grace = '500ms'"));
    Child run = pty.start({PIPECTL_BINARY, "run", "pipeline.toml"}, {.cwd = folder.path()});
    counters.wait_until_ready();
    pty.send(kCtrlC);
    const RunResult result = run.finish();
    INFO(pty.screen());
    CHECK(result.status == killed_by(SIGINT));
    counters.check("SIGINT from the kernel\nSIGCONT\n");
}

TEST_CASE("a signal to all whose command line names pipectl or the definition reaches each stage") {
    const LeakCheck check;
    for (const std::string name : {"pipectl", "pipeline.toml"}) {
        const TemporaryFolder folder;
        const Counters counters(folder);
        Child run = start_pipectl(folder, counters.definition("grace = '500ms'"));
        counters.wait_until_ready();
        std::vector<pid_t> named;
        for (const pid_t pid : {run.pid(), supervisor_of(run.pid())}) {
            const std::string line = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
            if (line.find(name) != std::string::npos) {
                named.push_back(pid);
            }
        }
        CHECK(named == std::vector<pid_t>{run.pid()});
        for (const pid_t pid : named) {
            ::kill(pid, SIGTERM);
        }
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == killed_by(SIGTERM));
        counters.check("SIGTERM\nSIGCONT\n");
    }
}

TEST_CASE("a signal to the supervisor alone still cancels the run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, pipeline({"grace = '1s'"}) + stage("a", {"sleep", "1000"}));
    ::kill(supervisor_of(run.pid()), SIGTERM);
    CHECK(run.finish(10s).status == killed_by(SIGTERM));
}

TEST_CASE("stop and continue sent to pipectl alone reach each stage once", "[R8]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Counters counters(folder);
    Child run = start_pipectl(folder, counters.definition(""));
    counters.wait_until_ready();
    run.signal(SIGTSTP);
    CHECK(counters.wait_for("SIGTSTP"));
    CHECK(wait_until([&] { return state_of(run.pid()) == 'T'; }));
    run.signal(SIGCONT);
    CHECK(counters.wait_for("SIGCONT"));
    CHECK(wait_until([&] { return state_of(run.pid()) == 'S'; }));
    counters.end();
    CHECK(run.finish().status == exited(0));
    counters.check("SIGTSTP\nSIGCONT\nSIGUSR2\n");
}

TEST_CASE("stop and continue sent to pipectl alone reach the programs that a shell stage runs") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder, shell("sh", misbehave() + " announce " + folder.path("inner") + "; true"));
    const pid_t inner = wait_for_pid(folder.path("inner"));
    // pipectl itself may not have stopped yet when its stages have
    for (int round = 0; round < rounds(50); ++round) {
        run.signal(SIGTSTP);
        REQUIRE(wait_until([&] { return state_of(inner) == 'T'; }));
        run.signal(SIGCONT);
        REQUIRE(wait_until([&] { return state_of(inner) == 'S'; }));
    }
    run.signal(SIGTERM);
    CHECK(run.finish().status == killed_by(SIGTERM));
}

TEST_CASE("the time that a run was stopped does not count against its timeout", "[R31]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder, pipeline({"timeout = '3s'"}) +
                    stage("a", {misbehave(), "announce", folder.path("started"), "1"}));
    wait_for_pid(folder.path("started"));
    run.signal_group(SIGTSTP);
    REQUIRE(wait_until([&] { return state_of(run.pid()) == 'T'; }));
    // longer than the timeout: that nothing happens is what is to be seen
    CHECK_FALSE(run.wait(3500ms));
    run.signal_group(SIGCONT);
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("a stop signal that nobody follows does not stop the clock") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // the only process group of its session: stop signals do nothing there, setpgid(2)
    folder.write("pipeline.toml",
                 pipeline({"timeout = '1s'\ngrace = '1s'"}) +
                     stage("a", {misbehave(), "announce", folder.path("started")}));
    Child run({PIPECTL_BINARY, "run", "pipeline.toml"},
              {.cwd = folder.path(), .own_session = true});
    wait_for_pid(folder.path("started"));
    run.signal_group(SIGTSTP);
    CHECK(run.finish(20s).status == exited(124));
}

TEST_CASE("SIGUSR1 to pipectl prints a line for each stage, and the run goes on") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder, stage("first-stage", {misbehave(), "wait-for-file", folder.path("go")}) +
                    stage("second-stage", {"cat"}));
    (void)supervisor_of(run.pid());
    run.signal(SIGUSR1);
    CHECK(run.wait_for_err("first-stage"));
    CHECK(run.wait_for_err("second-stage"));
    folder.write("go", "");
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("a hang-up that was ignored when pipectl was started stays ignored", "[R11][R12]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const bool blocked : {false, true}) {
        const std::string go = folder.path(blocked ? "go-blocked" : "go");
        RunOptions options{.ignored_signals = {SIGHUP}};
        if (blocked) {
            options.blocked_signals = {SIGHUP};
        }
        Child run = start_pipectl(folder,
                                  stage("first", {misbehave(), "announce", go + ".pid", "0"}) +
                                      stage("second", {misbehave(), "wait-for-file", go}),
                                  {}, options);
        wait_for_pid(go + ".pid");
        run.signal(SIGHUP);
        run.signal_group(SIGHUP);
        run.signal(SIGUSR1);  // handled after them
        CHECK(run.wait_for_err("second"));
        folder.write(blocked ? "go-blocked" : "go", "");
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == exited(0));
    }
}

TEST_CASE("an interrupt that a shell made its background jobs ignore stays ignored", "[R12]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", stage("only", {misbehave(), "wait-for-file", folder.path("go")}));
    // a shell without job control starts `&` with SIGINT and SIGQUIT ignored
    Child shell({"/bin/sh", "-c",
                 std::string(PIPECTL_BINARY) + " run pipeline.toml & trap '' INT QUIT; " +
                     "echo $! >pid.new; mv pid.new pid; wait $!; echo status $?"},
                {.cwd = folder.path()});
    const pid_t front = wait_for_pid(folder.path("pid"));
    (void)supervisor_of(front);
    shell.signal_group(SIGINT);
    shell.signal_group(SIGQUIT);
    ::kill(front, SIGUSR1);
    CHECK(shell.wait_for_err("only"));
    folder.write("go", "");
    CHECK(shell.wait_for_out("status 0\n"));
    CHECK(shell.finish().status == exited(0));
}

TEST_CASE("a shell's loop over runs ends at Ctrl-C", "[R7]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", shell("only", misbehave() + " announce pid"));
    Pty pty;
    Child shell = pty.start({"bash", "-c",
                             "for i in 1 2 3; do " + std::string(PIPECTL_BINARY) +
                                 " run pipeline.toml; echo again; done"},
                            {.cwd = folder.path()});
    wait_for_pid(folder.path("pid"));
    pty.send(kCtrlC);
    CHECK(shell.finish().status == killed_by(SIGINT));
    CHECK(pty.screen().find("again") == std::string::npos);
}

TEST_CASE("timeout -s INT, which signals pipectl and then its group, cancels and does not kill") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", pipeline({"grace = '20s'"}) +
                                      shell("tidy", "trap 'echo tidied >tidied; exit 0' INT; " +
                                                        misbehave() + " announce pid & wait"));
    Child run({"timeout", "-s", "INT", "1", PIPECTL_BINARY, "run", "pipeline.toml"},
              {.cwd = folder.path()});
    const RunResult result = run.finish();
    INFO(to_text(result));
    CHECK(folder.has("tidied"));
    CHECK(survivors(check.marker()).empty());
}
