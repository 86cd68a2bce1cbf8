// `pipectl logs` and `run --prefix` on a terminal: the last of what stages say on stderr.

#include <unistd.h>

#include <csignal>
#include <regex>

#include "orchestrator/traces/live_runs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// `talk` says what comes on its stdin on its stderr too.
std::string talkers(const std::string& name) {
    return pipeline({"name = '" + name + "'"}) + stage("talk", {"tee", "/dev/stderr"}) +
           shell("quiet", "echo once >&2; cat > /dev/null");
}

std::string logs_name(const std::string& name) {
    return name + "-" + std::to_string(::getpid());
}

/// A run with a pipe for its stdin, once it can be asked.
struct Talking {
    Talking(const TemporaryFolder& folder, const std::string& name, const std::string& definition,
            const std::vector<std::string>& arguments = {})
        : input(make_pipe()), child([&] {
              RunOptions options;
              options.stdin_fd = input.reader.get();
              return start_pipectl(folder, definition, arguments, options);
          }()) {
        input.reader.reset();
        REQUIRE(
            wait_until([&] { return pipectl_says({"ps"}).out.find(name) != std::string::npos; }));
    }
    void say(std::string_view text) const {
        REQUIRE(::write(input.writer.get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
    }
    PipeEnds input;
    Child child;
};

}  // namespace

TEST_CASE("logs shows the last lines of a living run, and of one stage", "[logs]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string name = logs_name("talks");
    Talking run(folder, name, talkers(name));
    run.say("one\ntwo\nhalf");
    CHECK(run.child.wait_for_err("half"));
    CHECK(run.child.wait_for_err("once"));
    CHECK(pipectl_says({"logs", name}).out ==
          "talk | one\ntalk | two\ntalk | half\nquiet | once\n");
    CHECK(pipectl_says({"logs", name + "/talk", "-n", "2"}).out == "two\nhalf\n");
    const RunResult unknown = pipectl_says({"logs", name + "/tlk"});
    CHECK(unknown.status == exited(125));
    CHECK_THAT(unknown.err, ContainsSubstring("no stage 'tlk'; did you mean 'talk'?"));
    CHECK_THAT(pipectl_says({"logs", name, "--json"}).out,
               ContainsSubstring("\"stderr_tail\": [\"once\"]"));
    run.input.writer.reset();
    CHECK(run.child.finish().status == exited(0));
}

TEST_CASE("logs --follow shows each line once, to the run's last", "[logs]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string name = logs_name("follows");
    Talking run(folder, name, talkers(name));
    run.say("first\n");
    CHECK(run.child.wait_for_err("first\n"));
    Child logs({PIPECTL_BINARY, "logs", name + "/talk", "--follow"});
    CHECK(logs.wait_for_out("first\n"));
    run.say("second\nsec");
    CHECK(logs.wait_for_out("second\n"));
    run.say("ond\nlast");
    run.input.writer.reset();
    CHECK(run.child.finish().status == exited(0));
    const RunResult shown = logs.finish();
    CHECK(shown.status == exited(0));
    CHECK(shown.out == "first\nsecond\nsecond\nlast\n");
    CHECK(shown.err.empty());
}

TEST_CASE("logs of a run that has ended come from the history", "[logs]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.environment = {"PIPECTL_HISTORY", "XDG_STATE_HOME=" + folder.path("state")};
    const std::string definition =
        shell("bad", "seq 30 >&2; exit 3") + shell("fine", "cat > /dev/null");
    CHECK(run_pipectl(folder, pipeline({"name = 'ended'"}) + definition, {}, options).status ==
          exited(3));
    Child logs({PIPECTL_BINARY, "logs", "ended/bad", "-n", "3"}, options);
    CHECK(logs.finish().out == "28\n29\n30\n");
    Child none({PIPECTL_BINARY, "logs", "nothing"}, options);
    const RunResult missing = none.finish();
    CHECK(missing.status == exited(125));
    CHECK_THAT(missing.err, ContainsSubstring("no run 'nothing' goes on, and none is in the"));
}

TEST_CASE("a secret is masked in logs", "[logs][R48]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string name = logs_name("masked");
    Talking run(folder, name, talkers(name) + "[params]\nword = { secret = true }\n",
                {"--set", "word=sesame"});
    run.say("open sesame\n");
    CHECK(run.child.wait_for_err("sesame\n"));
    CHECK(pipectl_says({"logs", name + "/talk"}).out == "open ***\n");
    run.input.writer.reset();
    CHECK(run.child.finish().status == exited(0));
}

TEST_CASE("what stages write to a terminal is kept with --prefix alone, in colour", "[logs]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string name = logs_name("terminal");
    const std::string file = folder.write(
        "p.toml", pipeline({"name = '" + name + "'"}) +
                      shell("say", "echo word >&2; cat", {"stdout = { null = true }"}));
    for (const bool prefix : {false, true}) {
        Pty pty;
        std::vector<std::string> argv = {PIPECTL_BINARY, "run", file, "--progress", "never"};
        if (prefix) argv.emplace_back("--prefix");
        Child run = pty.start(argv);
        CHECK(pty.wait_for("word"));
        REQUIRE(
            wait_until([&] { return pipectl_says({"ps"}).out.find(name) != std::string::npos; }));
        const RunResult logs = pipectl_says({"logs", name});
        if (prefix) {
            CHECK(logs.out == "say | word\n");
            const std::regex line(
                "\x1b\\[2m\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\x1b\\[0m \x1b\\[36msay "
                "\\|\x1b\\[0m word\n");
            CHECK(std::regex_search(pty.screen(), line));
        } else {
            CHECK(logs.status == exited(125));
            CHECK_THAT(logs.err, ContainsSubstring("'pipectl run --prefix' keeps it"));
        }
        pty.send(kCtrlD);
        CHECK(run.finish().status == exited(0));
    }
}

TEST_CASE("what names no run is told to logs as such", "[logs]") {
    const RunResult said = pipectl_says({"logs", "/no/x"});
    CAPTURE(said);
    CHECK(said.status == exited(125));
    CHECK_THAT(said.err, ContainsSubstring("'/no/x' names no run"));
}
