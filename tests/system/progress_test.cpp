// What people see of a run while it goes on: a block on a terminal, lines elsewhere, or nothing.

#include <fcntl.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// Reads a line now and then until the file "enough" is there. Nobody but pipectl has its terminal.
std::string slow_run(const TemporaryFolder& folder) {
    const std::string quiet = "stderr = { null = true }";
    return shell("make", "until [ -e " + folder.path("enough") + " ]; do echo x; sleep 0.01; done",
                 {"stdin = { null = true }", quiet}) +
           shell("take", "cat", {"stdout = { null = true }", quiet});
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

struct Seen {
    std::string screen;
    double wall_s = 0;
};

/// What a terminal has got from a run that was ended after its third picture, or right away.
Seen run_in_terminal(const std::vector<std::string>& arguments, bool pictures) {
    const TemporaryFolder folder;
    folder.write("pipeline.toml", slow_run(folder));
    Pty pty;
    std::vector<std::string> argv = {PIPECTL_BINARY, "run", folder.path("pipeline.toml"),
                                     "--events", folder.path("events")};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    RunOptions options;
    options.environment = {"TERM=xterm"};
    const double began = now();
    Child run = pty.start(argv, std::move(options));
    if (pictures) {
        for (int picture = 0; picture < 3; ++picture) {
            CHECK(pty.wait_for("stages running"));
        }
    } else {
        // past the time at which a picture would have come
        CHECK(wait_until([&] {
            return folder.has("events") && count(folder.read("events"), "\"sampled\"") > 6;
        }));
    }
    folder.write("enough", "x");
    CHECK(run.finish().status == exited(0));
    pty.wait_for("nothing more", 100ms);
    return {pty.screen(), now() - began};
}

}  // namespace

TEST_CASE("on a terminal a block shows each stage and is gone at the end", "[R49]") {
    const LeakCheck check;
    const Seen seen = run_in_terminal({}, true);
    INFO(seen.screen);
    CHECK(seen.screen.find("  make  ") != std::string::npos);
    CHECK(seen.screen.find("waits for data from 'make'") != std::string::npos);
    CHECK(
        seen.screen.ends_with("\x1b"
                              "8\x1b[J"));
    CHECK(count(seen.screen, "stages running") <= 10 * seen.wall_s + 1);
}

TEST_CASE("progress that nobody wants is not shown") {
    const LeakCheck check;
    CHECK(run_in_terminal({"--progress", "never"}, false).screen.empty());
    CHECK(run_in_terminal({"--quiet"}, false).screen.empty());
}

TEST_CASE("away from a terminal progress is lines, about one a second, and only where asked for",
          "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    {
        Child run = start_pipectl(folder, slow_run(folder), {"--progress", "always"});
        CHECK(run.wait_for_err("2 of 2 stages running"));
        folder.write("enough", "x");
        const auto result = run.finish();
        CHECK(result.err.find('\x1b') == std::string::npos);
        CHECK(count(result.err, "\n") <= result.wall_s + 2);
        CHECK(result.err.starts_with("pipectl: 'pipeline' "));
    }
    const auto silent = run_pipectl(folder, slow_run(folder));
    CHECK(silent.err.empty());
}

TEST_CASE("a stage that has the terminal for itself is not drawn over") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml",
                 shell("raw",
                       "stty -icanon; echo > " + folder.path("raw") + "; until [ -e " +
                           folder.path("enough") + " ]; do sleep 0.01; done",
                       {"stdin = { inherit = true }"}));
    Pty pty;
    RunOptions options;
    options.environment = {"TERM=xterm"};
    Child run = pty.start(
        {PIPECTL_BINARY, "run", folder.path("pipeline.toml"), "--events", folder.path("events")},
        std::move(options));
    wait_for_file(folder.path("raw"));
    const auto looks = [&] {
        return folder.has("events") ? count(folder.read("events"), "\"sampled\"") : 0;
    };
    // the picture that was being drawn at that moment
    const auto first = looks();
    CHECK(wait_until([&] { return looks() > first + 1; }));
    const std::string before = pty.screen();
    CHECK(wait_until([&] { return looks() > first + 6; }));
    CHECK(pty.screen() == before);
    folder.write("enough", "x");
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("the time that is left is told while a file of known size is read", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string lines;
    for (int i = 0; i < 4000; ++i) {
        lines += "a line\n";
    }
    folder.write("big", lines);
    // half of the file, then no more until it is allowed
    const std::string reads =
        "head -c 14000; until [ -e " + folder.path("enough") + " ]; do sleep 0.01; done; cat";
    for (const std::string from : {"a stage's own file", "pipectl's stdin"}) {
        INFO(from);
        const bool own = from == "pipectl's stdin";
        const std::string definition = shell("read", reads,
                                             {own ? "stdin = { inherit = true }"
                                                  : "stdin = " + toml_text(folder.path("big"))}) +
                                       shell("take", "cat > /dev/null");
        const Fd input(::open(folder.path("big").c_str(), O_RDONLY | O_CLOEXEC));
        RunOptions options;
        if (own) {
            options.stdin_fd = input.get();
        }
        Child run = start_pipectl(folder, definition, {"--progress", "always"}, std::move(options));
        CHECK(run.wait_for_err("50 % of the input, about "));
        CHECK(run.wait_for_err(" left; "));
        folder.write("enough", "x");
        CHECK(run.finish().status == exited(0));
        std::filesystem::remove(folder.path("enough"));
    }
}

TEST_CASE("the block is gone when the supervisor was killed", "[R49]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", slow_run(folder));
    Pty pty;
    RunOptions options;
    options.environment = {"TERM=xterm"};
    Child run =
        pty.start({PIPECTL_BINARY, "run", folder.path("pipeline.toml")}, std::move(options));
    REQUIRE(pty.wait_for("stages running"));
    ::kill(supervisor_of(run.pid()), SIGKILL);
    CHECK(run.finish().status == exited(125));
    CHECK(pty.wait_for("no file was replaced\n"));
    // the last that was drawn is cleared, and what is said stands in its place
    const std::string& screen = pty.screen();
    INFO(screen);
    const auto block = screen.rfind("stages running");
    const auto cleared = screen.rfind("\x1b[J");
    CHECK(cleared > block);
    CHECK(screen.find("the supervisor of this run") > cleared);
}

TEST_CASE("the block is gone when pipectl was killed and the shell has its terminal again",
          "[R49]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", slow_run(folder));
    Pty pty;
    RunOptions options;
    options.environment = {"TERM=xterm", "PS1=prompt> "};
    Child shell = pty.start({"bash", "--norc", "--noediting", "-i"}, std::move(options));
    REQUIRE(pty.wait_for("prompt> "));
    pty.send(std::string(PIPECTL_BINARY) + " run " + folder.path("pipeline.toml") + "\r");
    REQUIRE(pty.wait_for("stages running"));
    const std::vector<pid_t> started = children_of(shell.pid());
    REQUIRE(started.size() == 1);
    ::kill(started.front(), SIGKILL);
    CHECK(pty.wait_for("pipectl was killed"));
    const std::string& screen = pty.screen();
    INFO(screen);
    const auto cleared = screen.rfind("\x1b[J");
    REQUIRE(cleared != std::string::npos);
    CHECK(cleared > screen.rfind("stages running"));
    CHECK(screen.find("was cancelled: pipectl was killed") > cleared);
    pty.send("exit\r");
    CHECK(shell.finish().status == exited(128 + SIGKILL));
}
