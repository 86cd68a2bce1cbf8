// `run --watch`: again whenever an input has changed.

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t times_in(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

bool waits_again(const Child& child, std::size_t times) {
    return wait_until([&] { return times_in(child.err(), "waits for a change") >= times; });
}

}  // namespace

TEST_CASE("a watched run goes again when an input changes, and ends as a run does") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", "one\n");
    folder.write("by-parameter", "first\n");
    const std::string plain =
        "[params]\nfile = 'by-parameter'\n" + stage("a", {"cat", "-", "${file}"}, {"stdin = 'in'"});
    Child child = start_pipectl(folder, plain, {"--watch", "--summary"});
    REQUIRE(waits_again(child, 1));
    CHECK(child.out() == "one\nfirst\n");
    std::string then = "two\nfirst\n";
    SECTION("written in place") {
        folder.write("in", "two\n");
    }
    SECTION("replaced") {
        std::filesystem::rename(folder.write("new", "two\n"), folder.path("in"));
    }
    SECTION("removed and made again") {
        std::filesystem::remove(folder.path("in"));
        folder.write("in", "two\n");
    }
    SECTION("a parameter's file") {
        folder.write("by-parameter", "second\n");
        then = "one\nsecond\n";
    }
    SECTION("the definition") {
        folder.write("pipeline.toml", plain + stage("b", {"tr", "a-z", "A-Z"}));
        then = "ONE\nFIRST\n";
    }
    REQUIRE(waits_again(child, 2));
    CHECK(wait_until([&] { return child.out().ends_with(then); }));
    CHECK(times_in(child.err(), "the run ") >= 2);  // a summary for each
    child.signal(SIGINT);
    CHECK(child.finish().status == killed_by(SIGINT));
}

TEST_CASE("what changes during a watched run starts one more, and no run is cancelled") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", "one\n");
    Child child = start_pipectl(
        folder,
        shell("a", "echo started; while [ ! -e go ]; do sleep 0.01; done; cat", {"stdin = 'in'"}),
        {"--watch"});
    REQUIRE(child.wait_for_out("started\n"));
    folder.write("in", "two\n");
    folder.write("in", "three\n");
    folder.write("go", "");
    REQUIRE(waits_again(child, 1));
    CHECK(times_in(child.out(), "started\n") == 2);
    CHECK_THAT(child.out(), ContainsSubstring("three\n"));
    child.signal(SIGTERM);
    CHECK(child.finish().status == killed_by(SIGTERM));
}

TEST_CASE("a signal to a watched run ends it and the stages") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(folder, shell("a", "echo started; sleep 60"), {"--watch"});
    REQUIRE(child.wait_for_out("started\n"));
    const int signal = GENERATE(SIGINT, SIGTERM, SIGKILL);
    child.signal(signal);
    CHECK(child.finish().status == killed_by(signal));
}

TEST_CASE("a watched definition with errors is run when they are gone") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child child = start_pipectl(folder, "[[stage]]\nrun = 1\n", {"--watch"});
    REQUIRE(waits_again(child, 1));
    folder.write("pipeline.toml", stage("a", {"echo", "good"}));
    REQUIRE(child.wait_for_out("good\n"));
    REQUIRE(waits_again(child, 2));
    child.signal(SIGINT);
    CHECK(child.finish().status == killed_by(SIGINT));
}

TEST_CASE("what the run writes is no input, and a pipe is none that can be watched") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("f", "b\na\n");
    {
        Child child = start_pipectl(
            folder,
            "[params]\nout = 'f'\n" + stage("a", {"sort"}, {"stdin = 'f'", "stdout = '${out}'"}),
            {"--watch"});
        REQUIRE(waits_again(child, 1));
        CHECK(times_in(child.err(), "has changed") == 0);
        child.signal(SIGINT);
        (void)child.finish();
    }
    RunOptions options;
    pipectl::PipeEnds ends = pipectl::make_pipe();
    options.stdin_fd = ends.reader.get();
    const RunResult piped = run_pipectl(folder, stage("a", {"cat"}), {"--watch"}, options);
    CHECK(piped.status == exited(125));
    CHECK_THAT(piped.err, ContainsSubstring("stdin is a pipe"));
    CHECK(pipectl_says({"run", "--watch", "-c", "true"}).status == exited(125));
}

TEST_CASE("a watched run has its stdin again from where it stood, and none from a pipe") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("list", "1\n");
    const std::string definition =
        "[params]\nlist = 'list'\n" + stage("a", {"cat", "-", "${list}"});
    RunOptions options;
    options.stdin_text = "own\n";
    Child child = start_pipectl(folder, definition, {"--watch"}, options);
    REQUIRE(waits_again(child, 1));
    folder.write("list", "2\n");
    REQUIRE(waits_again(child, 2));
    CHECK(child.out() == "own\n1\nown\n2\n");
    child.signal(SIGINT);
    CHECK(child.finish().status == killed_by(SIGINT));
    auto [reader, writer] = pipectl::make_pipe();
    RunOptions piped;
    piped.stdin_fd = reader.get();
    const RunResult refused = run_pipectl(folder, definition, {"--watch"}, piped);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("stdin is a pipe, which can be read once"));
}
