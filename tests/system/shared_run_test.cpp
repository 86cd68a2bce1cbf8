// Shared regions with the real program: all kinds, guards of which holders die, and what is left.

#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kNothing = "stdin = { null = true }";

std::string region(const std::string& kind, const std::string& more = "size = '1MiB'") {
    return "[shared.table]\nkind = '" + kind + "'\n" + more + "\n";
}

}  // namespace

TEST_CASE("eight that add to one number lose nothing, in every kind of region", "[shared]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string kind = GENERATE("shm", "sysv-shm", "mmap");
    CAPTURE(kind);
    const int times = rounds(20000);
    std::string definition = region(kind);
    std::string names;
    for (int i = 0; i < 8; ++i) {
        const std::string name = "w" + std::to_string(i);
        definition += misbehaving(name, {"add-shared", "table", std::to_string(times)}, {kNothing});
        names += "'" + name + "',";
    }
    definition += misbehaving("show", {"show-shared", "table"}, {"from = [" + names + "]"});
    const RunResult result = run_pipectl(folder, definition);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == std::to_string(8 * times) + "\n");
}

TEST_CASE("a region is a file of the user's alone, begins as another one, and is as large as said",
          "[shared][S1]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    (void)folder.write("t.bin", "hello");
    const std::string kind = GENERATE("shm", "mmap");
    CAPTURE(kind);
    const RunResult result = run_pipectl(
        folder, region(kind, "size = '5'\ninit = 't.bin'") +
                    stage("a", {"head", "-c", "5", "${shared.table}"}, {kNothing}) +
                    shell("b", "stat -c ' %a %U' ${shared.table}; echo $PIPECTL_SHARED_table",
                          {"stdin = { null = true }", "stdout = 'b'"}) +
                    stage("c", {"sh", "-c", "cmp \"$T\" \"$PIPECTL_SHARED_table\""},
                          {kNothing, "env = { T = '${shared.table}' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "hello");
    CHECK_THAT(folder.read("b"), ContainsSubstring(" 600 "));
}

TEST_CASE("regions are there before the first start, whichever stage that is", "[shared]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        "[shared.table]\nsize = '4KiB'\n" +
            stage("later", {"wc", "-c", "${shared.table}"}, {"after = ['first']", kNothing}) +
            stage("first", {"test", "-s", "${shared.table}"}, {kNothing}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
}

TEST_CASE("a guard whose holder died tells the next one so, a hundred times", "[shared]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string kind = GENERATE("shm", "sysv-shm");
    CAPTURE(kind);
    const int times = rounds(100);
    const RunResult result = run_pipectl(
        folder, region(kind) +
                    misbehaving("x", {"die-holding", "table", std::to_string(times)}, {kNothing}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "told " + std::to_string(times) + " times\n");
}

TEST_CASE("nothing of a region is left when pipectl is killed", "[shared][R37]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string kind = GENERATE("shm", "sysv-shm", "mmap");
    const bool all = GENERATE(false, true);
    CAPTURE(kind, all);
    Child run = start_pipectl(
        folder, region(kind) + shell("x", "echo ready >&2; exec sleep 1000", {kNothing}));
    REQUIRE(run.wait_for_err("ready"));
    REQUIRE(
        wait_until([] { return pipectl_says({"ps"}).out.find("running") != std::string::npos; }));
    if (all) {
        run.signal_group(SIGKILL);
    } else {
        run.signal(SIGKILL);
    }
    CHECK(run.finish().status == killed_by(SIGKILL));
}

TEST_CASE("what does not fit is told before the first stage, with its place", "[shared][S10]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string x = stage("x", {"touch", "ran"}, {kNothing});
    const RunResult large = run_pipectl(folder, region("shm", "size = '900TiB'") + x);
    CHECK(large.status == exited(125));
    CHECK_THAT(large.err, ContainsSubstring("pipeline.toml:1:"));
    CHECK_THAT(large.err, ContainsSubstring("shared region 'table' of 900TiB is too large"));
    (void)folder.write("t.bin", "hello");
    const RunResult init = run_pipectl(folder, region("shm", "size = '4'\ninit = 't.bin'") + x);
    CHECK(init.status == exited(125));
    CHECK_THAT(init.err, ContainsSubstring("'t.bin' has 5 bytes"));
    const RunResult none = run_pipectl(folder, region("shm", "size = '4'\ninit = 'none'") + x);
    CHECK(none.status == exited(125));
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/ran"));
}

TEST_CASE("a library call on what is no region says so", "[shared]") {
    const TemporaryFolder folder;
    (void)folder.write("plain", std::string(8192, 'x'));
    const RunResult unset = run({misbehave(), "show-shared", "table"});
    CHECK_THAT(unset.err, ContainsSubstring("PIPECTL_SHARED_table is not set"));
    const RunResult plain =
        run({misbehave(), "show-shared", "table"},
            {.environment = {"PIPECTL_SHARED_table=" + folder.path() + "/plain"}});
    CHECK_THAT(plain.err, ContainsSubstring("is no shared region of pipectl's"));
}
