// `resume`: what is left to do of a run that failed, with what it left.

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/wait.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A folder for a definition, and one beside it for what runs leave.
struct ResumeWorld {
    TemporaryFolder folder;
    TemporaryFolder state;

    [[nodiscard]] RunOptions options(const std::vector<std::string>& variables = {}) const {
        RunOptions options;
        options.environment = {"XDG_STATE_HOME=" + state.path(), "XDG_CACHE_HOME=" + state.path()};
        options.environment.insert(options.environment.end(), variables.begin(), variables.end());
        options.cwd = folder.path();
        return options;
    }
    [[nodiscard]] RunResult run(const std::string& definition,
                                const std::vector<std::string>& words = {}) const {
        return run_pipectl(folder, definition, words, options());
    }
    [[nodiscard]] RunResult resume(std::vector<std::string> words = {"last"},
                                   const std::vector<std::string>& variables = {}) const {
        words.insert(words.begin(), "resume");
        return pipectl_says(words, options(variables));
    }
    /// How often a stage has noted that it ran, with `echo x >> NAME.ran`.
    [[nodiscard]] std::size_t runs(const std::string& name) const {
        return folder.has(name + ".ran") ? folder.read(name + ".ran").size() / 2 : 0;
    }
    [[nodiscard]] std::vector<std::string> left() const {
        const std::string path = state.path() + "/pipectl/kept";
        return std::filesystem::exists(path) ? names_in(path) : std::vector<std::string>();
    }
};

std::string counted(const std::string& name, const std::string& script,
                    const std::vector<std::string>& more) {
    return shell(name, "echo x >> " + name + ".ran; " + script, more);
}

/// What gen makes of 'in' waits at the gate; load fails as long as there is no file 'mended'.
std::string gated(const std::string& feed = "when = 'complete'",
                  const std::string& gen = "tr a-z A-Z") {
    return counted("gen", gen, {"stdin = 'in'"}) +
           counted("load", "cat; test -e mended || exit 3",
                   {"from = { stage = 'gen', " + feed + " }", "stdout = 'out'"});
}

}  // namespace

TEST_CASE("a failed run goes on behind what was complete") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    const std::string feed =
        GENERATE(as<std::string>(), "when = 'complete'", "via = { channel = 'file', keep = true }");
    CAPTURE(feed);
    const RunResult failed = world.run(gated(feed));
    CAPTURE(failed);
    REQUIRE(failed.status == exited(3));
    CHECK_THAT(failed.err, ContainsSubstring("left: what 'gen' wrote; 'pipectl resume "));
    CHECK(world.left().size() == 2);
    const RunResult again = world.resume();  // and is left once more
    CAPTURE(again);
    CHECK(again.status == exited(3));
    CHECK_THAT(again.err, ContainsSubstring("left: what 'gen' wrote; 'pipectl resume "));
    world.folder.write("mended", "");
    const RunResult resumed = world.resume({"last", "--summary"});
    CAPTURE(resumed);
    CHECK(resumed.status == exited(0));
    CHECK_THAT(resumed.err, ContainsSubstring("cached: 'gen' was not run"));
    CHECK(world.folder.read("out") == "ONE\n");
    CHECK(world.runs("gen") == 1);
    CHECK(world.runs("load") == 3);
    CHECK(world.left().empty());
    const RunResult none = world.resume();
    CHECK(none.status == exited(125));
    CHECK_THAT(none.err, ContainsSubstring("no run 'last' has left anything"));
}

TEST_CASE("a complete file is left too") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    const std::string definition =
        counted("gen", "cat", {"stdin = 'in'"}) +
        counted("load", "cat ${in.x}; test -e mended || exit 3",
                {"stdin = { null = true }", "inputs = { x = { stage = 'gen', as = 'file' } }"});
    REQUIRE(world.run(definition).status == exited(3));
    world.folder.write("mended", "");
    const RunResult resumed = world.resume();
    CAPTURE(resumed);
    CHECK(resumed.status == exited(0));
    CHECK(resumed.out == "one\n");
    CHECK(world.runs("gen") == 1);
}

TEST_CASE("what was left is refused when what it depends on is another one") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    REQUIRE(world.run(gated()).status == exited(3));
    world.folder.write("mended", "");
    SECTION("a file") {
        world.folder.write("in", "other\n");
        const RunResult refused = world.resume();
        CAPTURE(refused);
        CHECK(refused.status == exited(125));
        CHECK_THAT(refused.err, ContainsSubstring("cannot be resumed: not what it was: 'in'"));
    }
    SECTION("a command") {
        world.folder.write("pipeline.toml", gated("when = 'complete'", "tr a-z B"));
        const RunResult refused = world.resume();
        CHECK(refused.status == exited(125));
        CHECK_THAT(refused.err, ContainsSubstring("the command of 'gen'"));
    }
    SECTION("the environment") {
        const RunResult refused = world.resume({"last"}, {"LC_NEW=x"});
        CHECK(refused.status == exited(125));
        CHECK_THAT(refused.err, ContainsSubstring("variable 'LC_NEW' of 'gen'"));
    }
    CHECK(world.runs("load") == 1);
    CHECK(world.left().size() == 2);  // it may be made right again
}

TEST_CASE("the stage that failed may have been mended, and the caller be elsewhere") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    REQUIRE(
        world.run("[params]\nword = { default = 'x' }\n" + gated(), {"--set", "word=y"}).status ==
        exited(3));
    world.folder.write(
        "pipeline.toml",
        "[params]\nword = { default = 'x' }\n" + counted("gen", "tr a-z A-Z", {"stdin = 'in'"}) +
            shell("load", "cat; echo $word", {"from = { stage = 'gen', when = 'complete' }"}));
    RunOptions elsewhere = world.options();
    elsewhere.cwd = "/";
    const RunResult resumed = pipectl_says({"resume", "last"}, elsewhere);
    CAPTURE(resumed);
    CHECK(resumed.status == exited(0));
    CHECK(resumed.out == "ONE\ny\n");
    CHECK(world.runs("gen") == 1);
}

TEST_CASE("what is something else each time goes with what was left of its own run") {
    const LeakCheck check;
    const ResumeWorld world;
    const std::string nothing = "stdin = { null = true }";
    const std::string definition =
        counted("now", "date +%N", {nothing}) + counted("kept", "cat", {"from = 'now'"}) +
        counted("lost", "cat", {"from = 'now'", "stdout = 'b'"}) +
        shell("load", "cat; test -e mended || exit 3",
              {"from = { stage = 'kept', when = 'complete' }", "stdout = 'a'"});
    REQUIRE(world.run(definition).status == exited(3));
    REQUIRE(world.left().size() == 2);
    world.folder.write("mended", "");
    const RunResult resumed = world.resume();
    CAPTURE(resumed);
    REQUIRE(resumed.status == exited(0));
    CHECK(world.folder.read("a") == world.folder.read("b"));
    CHECK(world.runs("now") == 2);
    CHECK(world.runs("kept") == 2);
}

TEST_CASE("stdin that was a pipe cannot be read again") {
    const LeakCheck check;
    const ResumeWorld world;
    RunOptions options = world.options();
    auto [out, in] = pipectl::make_pipe();
    REQUIRE(::write(in.get(), "one\n", 4) == 4);
    in.reset();
    options.stdin_fd = out.get();
    const std::string definition = counted("gen", "cat", {"stdin = { inherit = true }"}) +
                                   shell("load", "cat; test -e mended || exit 3",
                                         {"from = { stage = 'gen', when = 'complete' }"});
    REQUIRE(run_pipectl(world.folder, definition, {}, options).status == exited(3));
    world.folder.write("mended", "");
    const RunResult resumed = world.resume();  // nobody has to read it
    CAPTURE(resumed);
    CHECK(resumed.status == exited(0));
    CHECK(resumed.out == "one\n");
}

TEST_CASE("a run that was killed can be resumed, one that goes on cannot") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    Child child =
        start_pipectl(world.folder,
                      counted("gen", "cat", {"stdin = 'in'"}) +
                          shell("load", "cat; test -e mended && exit; touch waits; exec sleep 600",
                                {"from = { stage = 'gen', when = 'complete' }"}),
                      {}, world.options());
    REQUIRE(wait_until([&] { return world.folder.has("waits"); }));
    const RunResult early = world.resume();
    CHECK(early.status == exited(125));
    CHECK_THAT(early.err, ContainsSubstring("goes on, or is being resumed"));
    child.signal(SIGKILL);
    REQUIRE(child.wait());
    world.folder.write("mended", "");
    RunResult resumed;
    REQUIRE(wait_until([&] {
        resumed = world.resume();
        return resumed.err.find("goes on") == std::string::npos;
    }));
    CAPTURE(resumed);
    CHECK(resumed.status == exited(0));
    CHECK(resumed.out == "one\n");
    CHECK(world.runs("gen") == 1);
}

TEST_CASE("a run that succeeds, or is not remembered, leaves nothing") {
    const LeakCheck check;
    const ResumeWorld world;
    world.folder.write("in", "one\n");
    RunOptions off = world.options({"PIPECTL_HISTORY=off"});
    CHECK(run_pipectl(world.folder, gated(), {}, off).status == exited(3));
    CHECK(world.left().empty());
    world.folder.write("mended", "");
    CHECK(world.run(gated()).status == exited(0));
    CHECK(world.left().empty());
}

TEST_CASE("the items that are left are run, and no other") {
    const LeakCheck check;
    const ResumeWorld world;
    for (const char* name : {"a", "b", "c"}) {
        world.folder.write(name, std::string(name) + "\n");
    }
    const std::string definition =
        "[for-each]\nhalt = 'never'\neach = { file = ['a', 'b', 'c'] }\n" +
        shell("one", "echo x >> $file.ran; cat $file; test $file != b || test -e mended",
              {"stdout = 'out-${file}'"});
    const RunResult failed = world.run(definition);
    CAPTURE(failed);
    REQUIRE(failed.status == exited(1));
    CHECK_THAT(failed.err, ContainsSubstring("runs the items that are left"));
    SECTION("as they were") {
        world.folder.write("mended", "");
        const RunResult resumed = world.resume({"last", "--summary"});
        CAPTURE(resumed);
        CHECK(resumed.status == exited(0));
        CHECK_THAT(resumed.err, ContainsSubstring("2 of 3 items are done"));
        CHECK_THAT(resumed.err, ContainsSubstring("3 items, 3 ok"));
        CHECK(world.folder.read("out-b") == "b\n");
        CHECK(world.runs("a") == 1);
        CHECK(world.runs("b") == 2);
        CHECK(world.left().empty());
    }
    SECTION("one was made of another file") {
        world.folder.write("c", "other\n");
        const RunResult refused = world.resume();
        CAPTURE(refused);
        CHECK(refused.status == exited(125));
        CHECK_THAT(refused.err, ContainsSubstring("what is read for file=c"));
        CHECK(world.runs("b") == 1);
    }
}
