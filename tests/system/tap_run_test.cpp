// `run --tap` and `pipectl tap`: an edge is seen as its data passes, and never held up.

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A run that passes on what it is given, once it can be asked.
struct Tapped {
    Tapped(const TemporaryFolder& folder, const std::string& via,
           const std::vector<std::string>& arguments = {"--tap"})
        : name("tapped-" + std::to_string(::getpid())), input(make_pipe()), child([&] {
              RunOptions options;
              options.stdin_fd = input.reader.get();
              return start_pipectl(folder,
                                   pipeline({"name = '" + name + "'", "via = '" + via + "'"}) +
                                       stage("first", {"cat"}) + stage("last", {"cat"}),
                                   arguments, options);
          }()) {
        input.reader.reset();
        REQUIRE(
            wait_until([&] { return pipectl_says({"ps"}).out.find(name) != std::string::npos; }));
    }
    void say(std::string_view text) const { REQUIRE(write_all(input.writer.get(), text) == 0); }
    /// Says lines until the one who looks has begun to.
    void say_until_seen(const Child& tap) const {
        REQUIRE(wait_until([&] {
            say("again\n");
            return !tap.out().empty();
        }));
    }
    std::string name;
    PipeEnds input;
    Child child;
};

}  // namespace

TEST_CASE("tap shows the records of an edge as they pass, over every channel", "[tap]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    for (const std::string& channel : channels()) {
        INFO(channel);
        Tapped run(folder, channel);
        Child tap({PIPECTL_BINARY, "tap", run.name, "first->last"});
        run.say_until_seen(tap);
        run.say("one\ntwo\nlast");
        CHECK(tap.wait_for_out("two\n"));
        run.input.writer.reset();
        const RunResult shown = tap.finish();
        CHECK(shown.status == exited(0));
        CHECK(shown.out.ends_with("again\none\ntwo\nlast\n"));
        CHECK_THAT(shown.err, ContainsSubstring("bytes passed without being looked at"));
        const RunResult passed = run.child.finish();
        CHECK(passed.status == exited(0));
        CHECK(passed.out.ends_with("one\ntwo\nlast"));
    }
}

TEST_CASE("tap -n ends after so many, --match chooses, and nothing is doubled", "[tap]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Tapped run(folder, "pipe");
    Child tap({PIPECTL_BINARY, "tap", run.name, "first", "-n", "2", "--match", "^1[0-9]$|new"});
    REQUIRE(wait_until([&] {  // it looks from when it has begun on
        run.say("10\n11\nold\n");
        return std::ranges::count(tap.out(), '\n') >= 2;
    }));
    const std::string chosen = tap.finish().out;
    CHECK((chosen == "10\n11\n" || chosen == "11\n10\n"));
    Child all({PIPECTL_BINARY, "tap", run.name, "first.stdout"});
    run.say_until_seen(all);
    std::string numbers;
    for (int i = 1; i <= 2000; ++i) {
        numbers += std::to_string(i) + "\n";
    }
    run.say(numbers);
    CHECK(all.wait_for_out("\n2000\n"));
    all.signal(SIGINT);
    const RunResult shown = all.finish();
    CHECK(shown.status == killed_by(SIGINT));
    CHECK(shown.out.ends_with("again\n" + numbers));
    run.input.writer.reset();
    CHECK(run.child.finish().status == exited(0));
}

TEST_CASE("nobody who looks holds a run up, and what passed is counted", "[tap]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Tapped run(folder, "pipe");
    Child tap({PIPECTL_BINARY, "tap", run.name, "first"});
    run.say_until_seen(tap);
    tap.signal(SIGSTOP);
    const std::string much(std::size_t{4} << 20, 'x');
    run.say(much + "\nend\n");
    run.input.writer.reset();
    CHECK(run.child.finish().status == exited(0));  // while the other one is stopped
    tap.signal(SIGCONT);
    const RunResult shown = tap.finish();
    CHECK(shown.out.ends_with("end\n"));
    CHECK(shown.out.find('x') == std::string::npos);
    CHECK_THAT(shown.err, ContainsSubstring("bytes) shown; "));
    const std::size_t at = shown.err.find("shown; ") + 7;
    CHECK(std::stoull(shown.err.substr(at)) > much.size());
}

TEST_CASE("tap says what cannot be seen", "[tap]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    {
        Tapped run(folder, "pipe", {});
        const RunResult closed = pipectl_says({"tap", run.name, "first->last"});
        CHECK(closed.status == exited(125));
        CHECK_THAT(closed.err, ContainsSubstring("start it with 'run --tap'"));
        const RunResult unknown = pipectl_says({"tap", run.name, "first->lst"});
        CHECK_THAT(unknown.err, ContainsSubstring("did you mean 'first->last'?"));
        run.input.writer.reset();
        CHECK(run.child.finish().status == exited(0));
    }
    CHECK(pipectl_says({"tap", "x", "y", "--match", "["}).status == exited(125));
}

TEST_CASE("a reader that leaves cuts its writer through a tap", "[tap]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("yes", {"yes"}) + stage("head", {"head", "-n", "1"}),
                    {"--tap", "--record", "r.rec", "--json", "record"});
    CHECK(result.status == exited(0));
    CHECK(result.out == "y\n");
    CHECK(Record(folder.read("record")).verdict("yes") == "cut");
}
