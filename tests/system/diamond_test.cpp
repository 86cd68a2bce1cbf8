// Copies that meet again: the end of one copy must come while the other still waits to be read.

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl;
using namespace pipectl::test;
namespace test = pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string diamond(const std::string& via, const std::string& fan_out) {
    return "[pipeline]\nvia = '" + via + "'\n" + R"(
[[stage]]
name = "read"
run = ["seq", "2000000"]
fan-out = )" +
           fan_out + R"(
[[stage]]
name = "left"
run = ["cat"]
from = "read"
[[stage]]
name = "right"
run = ["cat"]
from = "read"
[[stage]]
name = "join"
stdin = { null = true }
inputs = { left = "left", right = "right" }
shell = 'cat "$PIPECTL_IN_left" "$PIPECTL_IN_right" | wc -lc'
)";
}

}  // namespace

TEST_CASE("a reader that takes one copy whole and then the other gets both on every channel",
          "[R20]") {
    const LeakCheck leaks;
    for (const char* via : {"pipe", "fifo", "unix", "tcp", "file"}) {
        CAPTURE(via);
        const TemporaryFolder folder;
        const RunResult copied = test::run_pipectl(folder, diamond(via, "'copy'"));
        INFO(to_text(copied));
        REQUIRE(copied.status == exited(0));
        REQUIRE(copied.out == "4000000 29777792\n");
        const RunResult dealt = test::run_pipectl(folder, diamond(via, "'deal'"));
        INFO(to_text(dealt));
        REQUIRE(dealt.status == exited(0));
        REQUIRE(dealt.out == "2000000 14888896\n");
    }
}

TEST_CASE("a copier is told of a spool file whose reader has left") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = test::run_pipectl(folder, R"(
[pipeline]
via = "file"
[[stage]]
name = "forever"
run = ["yes"]
[[stage]]
name = "few"
run = ["head", "-n", "3"]
from = "forever"
[[stage]]
name = "more"
run = ["head", "-n", "50000"]
from = "forever"
stdout = "more.txt"
)");
    INFO(to_text(result));
    REQUIRE(result.status == exited(0));
    REQUIRE(result.out == "y\ny\ny\n");
    REQUIRE(folder.read("more.txt").size() == 100000);
}

TEST_CASE("stages that wait for each other for ever are named, and the run ends", "[R21]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    // the definition takes away what would keep the ways apart; `late` is read first, and more is
    // sent than all channels on the way have room for
    const std::string definition = R"(
        [[stage]]
        name = "source"
        run = ["seq", "10000000"]
        [[stage]]
        name = "late"
        shell = "cat > late.txt; cat late.txt"
        from = { stage = "source", buffer = "none" }
        [[stage]]
        name = "early"
        run = ["cat"]
        from = { stage = "source", buffer = "none" }
        [[stage]]
        name = "both"
        run = ["cat", "${in.late}", "${in.early}"]
        inputs = { late = "late", early = { stage = "early", buffer = "none" } }
        stdin = { null = true }
    )";
    for (const char* via : {"pipe", "shm", "mq"}) {
        const RunResult result = run_pipectl(folder, definition, {"--via", via});
        CAPTURE(via, result.err);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring("the stages wait for each other"));
        CHECK_THAT(result.err, ContainsSubstring("'copy:source.stdout' waits for room at '"));
    }
}

TEST_CASE("stages that all wait for the outside are left alone") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    PipeEnds outside = make_pipe();
    Child waiting = start_pipectl(folder,
                                  "[[stage]]\nrun = ['cat']\n[[stage]]\nname = 'b'\n"
                                  "run = ['cat']\n",
                                  {}, {.stdin_fd = outside.reader.get()});
    REQUIRE(write_all(outside.writer.get(), "1\n") == 0);
    CHECK(waiting.wait_for_out("1\n"));
    CHECK_FALSE(waiting.wait(milliseconds(7000)));
    outside.writer.reset();
    CHECK(waiting.finish().status == exited(0));
}
