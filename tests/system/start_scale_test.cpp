// Many stages, and the limits of the machine: all or nothing, and the limit has a name.

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "stages/base/fd.hpp"
#include "stages/base/kernel_limit.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/wait.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string chain(int stages) {
    std::string text;
    for (int i = 1; i <= stages; ++i) {
        text += stage("c" + std::to_string(i), {"cat"});
    }
    return text;
}

bool others_may_execute(const std::string& path) {
    for (std::size_t at = 1; at != std::string::npos; at = path.find('/', at + 1)) {
        struct stat status {};
        const std::string part = path.substr(0, path.find('/', at + 1));
        if (::stat(part.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("a chain of 300 stages passes everything on, and each stage sees its own descriptors",
          "[R13][R25]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string look = misbehave() + " print-descriptors fds; exec cat";
    const RunResult result = run_pipectl(folder,
                                         misbehaving("source", {"write", "300000"}) + chain(297) +
                                             shell("look", look) + misbehaving("sum", {"sum"}),
                                         {"--quiet"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == to_line(pattern_sum(300000)));
    const std::string fds = folder.read("fds");
    CAPTURE(fds);
    CHECK(std::count(fds.begin(), fds.end(), '\n') == 3);
}

TEST_CASE("1,001 stages run", "[R25][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, chain(1001), {}, {.stdin_text = "through them all\n", .timeout = 100s});
    CAPTURE(result.status, result.out, result.err.substr(0, 1000));
    CHECK(result.status == exited(0));
    CHECK(result.out == "through them all\n");
}

TEST_CASE("too few open files are enough when only the soft limit is low") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run(
        {"/bin/sh", "-c", "ulimit -Sn 64; exec \"$0\" run pipeline.toml", PIPECTL_BINARY},
        {.cwd = (folder.write("pipeline.toml", chain(100) + shell("limit", "cat; ulimit -Sn")),
                 folder.path())});
    const RunResult result = run.finish();
    CAPTURE(result);
    CHECK(result.status == exited(0));
    // the stages keep the caller's limit
    CHECK(result.out == "64\n");
}

TEST_CASE("a limit of open files that is too low is named before anything starts", "[R25]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder, shell("first", "echo > effect; cat") + chain(300),
                                         {}, {.limits = {{RLIMIT_NOFILE, 256}}});
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK(result.out.empty());
    CHECK_FALSE(folder.has("effect"));
    CHECK_THAT(result.err, ContainsSubstring("256"));
    CHECK_THAT(result.err, ContainsSubstring("ulimit"));
}

TEST_CASE("a limit of processes that is hit is named, and nothing runs on", "[R25][R26][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (::geteuid() != 0 || !others_may_execute(PIPECTL_BINARY)) {
        WARN("SKIPPED: needs root, and a build folder that others may use");
        return;
    }
    ::chmod(folder.path().c_str(), 0777);
    folder.write("pipeline.toml", chain(60));
    const RunResult result =
        run({PIPECTL_BINARY, "run", "pipeline.toml"},
            {.cwd = folder.path(), .limits = {{RLIMIT_NPROC, 30}}, .uid = 54321, .timeout = 30s});
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsSubstring("cannot start '"));
    CHECK_THAT(result.err, ContainsSubstring("': Resource temporarily unavailable"));
    CHECK_THAT(result.err, ContainsSubstring("ulimit -u"));
}

TEST_CASE("no side of a FIFO waits for a peer that does not come", "[R22]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string fifo = pipeline({"via = 'fifo'"});
    SECTION("the writer ends without a word") {
        const RunResult result =
            run_pipectl(folder, fifo + stage("w", {"true"}) + stage("r", {"cat"}));
        CAPTURE(result);
        CHECK(result.status == exited(0));
    }
    SECTION("the reader ends without reading") {
        const RunResult result =
            run_pipectl(folder, fifo + stage("w", {"yes"}) + stage("r", {"true"}));
        CAPTURE(result);
        CHECK(result.status == exited(0));
    }
    SECTION("the writer is killed at once") {
        const RunResult result = run_pipectl(
            folder, fifo + misbehaving("w", {"die-by", "SIGKILL"}) + stage("r", {"cat"}));
        CAPTURE(result);
        CHECK(result.status == exited(137));
    }
    SECTION("the reader fails at once") {
        folder.write("fails", "#!/bin/sh\nexit 126\n");
        const RunResult result =
            run_pipectl(folder, fifo + stage("w", {"yes"}) + stage("r", {"./fails"}));
        CAPTURE(result);
        CHECK(result.status == exited(126));
        CHECK_THAT(result.err, ContainsSubstring("'r'"));
    }
    SECTION("a named FIFO with a path, which is there for as long as the run") {
        const RunResult result = run_pipectl(
            folder, shell("w", "seq 3") + shell("r", "cat; stat -c %F edge",
                                                {"via = { channel = 'fifo', path = 'edge' }"}));
        CAPTURE(result);
        CHECK(result.out == "1\n2\n3\nfifo\n");
        CHECK_FALSE(folder.has("edge"));
    }
    SECTION("two edges with one path") {
        const std::string via = "via = { channel = 'fifo', path = 'edge' }";
        const RunResult result =
            run_pipectl(folder, stage("w", {"touch", folder.path("ran")}) +
                                    stage("m", {"cat"}, {via}) + stage("r", {"cat"}, {via}));
        CAPTURE(result);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring("two edges would share 'edge'"));
        CHECK_FALSE(folder.has("ran"));
        CHECK_FALSE(folder.has("edge"));
    }
}

TEST_CASE("twenty runs of one file at once share nothing", "[R36]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    folder.write("pipeline.toml",
                 pipeline({"via = '" + channel + "'"}) + "[params]\nseed = { required = true }\n" +
                     stage("source", {"seq", "${seed}", "20000"}) + stage("pass", {"cat"}) +
                     stage("top", {"head", "-n", "1"}, {"stdout = 'out.${seed}'"}) +
                     stage("sum", {"tail", "-n", "1"}, {"from = 'pass'"}));
    std::vector<Child> runs;
    const int count = rounds(20);
    runs.reserve(static_cast<std::size_t>(count));
    for (int i = 1; i <= count; ++i) {
        runs.emplace_back(std::vector<std::string>{PIPECTL_BINARY, "run", "pipeline.toml", "--set",
                                                   "seed=" + std::to_string(i)},
                          RunOptions{.cwd = folder.path()});
    }
    for (int i = 1; i <= count; ++i) {
        const RunResult result = runs[static_cast<std::size_t>(i - 1)].finish();
        CAPTURE(i, result);
        CHECK(result.status == exited(0));
        CHECK(result.out == "20000\n");
        CHECK(result.err.empty());
        CHECK(folder.read("out." + std::to_string(i)) == std::to_string(i) + "\n");
    }
}

TEST_CASE("sixteen runs of one user at once have their queues", "[start][R36]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (::geteuid() != 0 || !others_may_execute(PIPECTL_BINARY)) {
        WARN("SKIPPED: needs root, whose queues are not counted, and a build folder for others");
        return;
    }
    ::chmod(folder.path().c_str(), 0777);
    std::string definition = pipeline({"via = 'mq'"}) + shell("first", "echo > ready.$PPID; cat");
    for (int i = 0; i < 4; ++i) {
        definition += stage("cat" + std::to_string(i), {"cat"});
    }
    folder.write("pipeline.toml", definition);
    pipectl::PipeEnds feed = pipectl::make_pipe();
    std::vector<Child> runs;
    for (int i = 0; i < 16; ++i) {
        runs.emplace_back(std::vector<std::string>{PIPECTL_BINARY, "run", "pipeline.toml"},
                          RunOptions{.stdin_fd = feed.reader.get(),
                                     .environment = {"TMPDIR=" + folder.path(), "XDG_RUNTIME_DIR="},
                                     .cwd = folder.path(),
                                     .uid = 54322});
    }
    feed.reader.reset();
    const auto count = [&] {
        return std::ranges::count_if(names_in(folder.path()), [](const std::string& name) {
            return name.starts_with("ready.");
        });
    };
    CHECK(wait_until([&] { return count() == 16; }, 30s));  // all at the same time
    feed.writer.reset();
    for (Child& one : runs) {
        const RunResult result = one.finish();
        CAPTURE(result);
        CHECK(result.status == exited(0));
    }
}

TEST_CASE("more queues than the machine has are refused before anything has run", "[start]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string definition =
        pipeline({"via = 'mq'"}) + stage("first", {"touch", folder.path("ran")});
    const std::uint64_t most = pipectl::kernel_limit("/proc/sys/fs/mqueue/queues_max", 256);
    if (most > 1000) {
        WARN("SKIPPED: this machine has room for " << most << " queues");
        return;
    }
    for (std::uint64_t i = 0; i <= most; ++i) {
        definition += stage("cat" + std::to_string(i), {"cat"});
    }
    const RunResult result = run_pipectl(folder, definition);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("queues_max") || ContainsSubstring("'ulimit -q'"));
    CHECK_FALSE(folder.has("ran"));
}
