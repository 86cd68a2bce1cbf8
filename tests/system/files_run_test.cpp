// Output files of a run with the real program: the old or the complete new one, whatever happens.

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kGrow = "seq 1 200000";

}  // namespace

TEST_CASE("an output file is replaced when the run has succeeded, and not before", "[R28]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old\n");
    Child run = start_pipectl(
        folder, shell("one", "echo new; echo > written; " + misbehave() + " wait-for-file go",
                      {"stdout = 'out'"}));
    REQUIRE(wait_until([&] { return folder.has("written"); }));
    CHECK(folder.read("out") == "old\n");
    folder.write("go", "");
    const RunResult result = run.finish();
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("out") == "new\n");
    CHECK(names_in(folder.path()) ==
          std::vector<std::string>{"go", "out", "pipeline.toml", "written"});
}

TEST_CASE("several outputs are replaced together, or none of them", "[R28]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("a", "old a\n");
    folder.write("b", "old b\n");
    const std::string two = shell("one", "echo new", {"stdout = 'a'"}) +
                            shell("two", "echo new; exit $status",
                                  {"stdin = { null = true }", "stdout = 'b'", "stderr = 'c'"});
    RunOptions options;
    options.environment = {"status=5"};
    const RunResult failed = run_pipectl(folder, two, {}, options);
    CAPTURE(failed);
    CHECK(failed.status == exited(5));
    CHECK(folder.read("a") == "old a\n");
    CHECK(folder.read("b") == "old b\n");
    CHECK(folder.read("c").empty());  // a log, which stays
    CHECK_THAT(failed.err, ContainsSubstring("not replaced: 'a', 'b'"));
    options.environment = {"status=0"};
    CHECK(run_pipectl(folder, two, {}, options).status == exited(0));
    CHECK(folder.read("a") == "new\n");
    CHECK(folder.read("b") == "new\n");
    CHECK(folder.read("c").empty());
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a", "b", "c", "pipeline.toml"});
}

TEST_CASE("mode and symlink of an output stay, and a new one gets the usual mode", "[R28]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("real", "old\n");
    ::chmod(folder.path("real").c_str(), 0640);
    REQUIRE(::symlink("real", folder.path("link").c_str()) == 0);
    const RunResult result = run_pipectl(
        folder, shell("one", "echo new", {"stdout = 'link'"}) +
                    shell("two", "echo new", {"stdin = { null = true }", "stdout = 'fresh'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(std::filesystem::is_symlink(folder.path("link")));
    CHECK(folder.read("real") == "new\n");
    CHECK(mode_of(folder.path("real")) == 0640);
    const mode_t mask = ::umask(022);
    ::umask(mask);
    CHECK(mode_of(folder.path("fresh")) == (0666 & ~mask));
}

TEST_CASE("a device is written to, a folder is refused, two writers of one file are refused") {
    const LeakCheck check;
    const TemporaryFolder folder;
    CHECK(run_pipectl(folder, shell("one", "seq 5", {"stdout = '/dev/null'"})).status == exited(0));
    CHECK(std::filesystem::is_character_file("/dev/null"));
    const RunResult refused = run_pipectl(folder, shell("one", "seq 5", {"stdout = '.'"}));
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("pipeline.toml:4"));
    const RunResult twice = run_pipectl(
        folder, shell("one", "seq 5", {"stdout = 'out'"}) +
                    shell("two", "seq 5", {"stdin = { null = true }", "stdout = './out'"}));
    CAPTURE(twice);
    CHECK(twice.status == exited(125));
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("a full device fails the run with the system's reason, and nothing is replaced",
          "[R27]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old\n");
    const RunResult result = run_pipectl(
        folder, shell("one", "seq 100000; echo > done", {"stdout = '/dev/full'"}) +
                    shell("two", "seq 5", {"stdin = { null = true }", "stdout = 'out'"}));
    CAPTURE(result);
    CHECK(result.status.code != 0);
    CHECK_THAT(result.err, ContainsSubstring("No space left on device"));
    CHECK(folder.read("out") == "old\n");
}

TEST_CASE("a file that may not grow fails the run and leaves the old one", "[R27]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old\n");
    const RunResult result =
        run_pipectl(folder, stage("one", {"seq", "1000000"}, {"stdout = 'out'"}), {},
                    {.limits = {{RLIMIT_FSIZE, 100000}}});
    CAPTURE(result);
    CHECK(result.status == exited(128 + SIGXFSZ));
    CHECK(folder.read("out") == "old\n");
    CHECK(names_in(folder.path()) == std::vector<std::string>{"out", "pipeline.toml"});
    CHECK_THAT(result.err, ContainsSubstring("SIGXFSZ"));
    CHECK_THAT(result.err, ContainsSubstring("ulimit -f"));
}

TEST_CASE("a full file system fails the run, leaves the old file and no other", "[R27]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (::geteuid() != 0 ||
        run({"mount", "-t", "tmpfs", "-o", "size=1m", "none", folder.path()}).status.code != 0) {
        WARN("SKIPPED: cannot mount a file system of 1 MB");
        return;
    }
    folder.write("out", "old\n");
    const RunResult result =
        run_pipectl(folder, stage("one", {"seq", "1000000"}, {"stdout = 'out'"}));
    const std::vector<std::string> names = names_in(folder.path());
    const std::string content = folder.read("out");
    run({"umount", folder.path()});
    CAPTURE(result);
    CHECK(result.status == exited(1));
    CHECK(content == "old\n");
    CHECK(names == std::vector<std::string>{"out", "pipeline.toml"});
    CHECK_THAT(result.err, ContainsSubstring("No space left on device"));
}

TEST_CASE("a file that was appended to is as long as before when the run has failed", "[R29]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("log", "old\n");
    const auto append = [&](const char* end) {
        return run_pipectl(folder, shell("one", kGrow + "; exit " + end,
                                         {"stdout = { file = 'log', append = true }"}));
    };
    CHECK(append("7").status == exited(7));
    CHECK(folder.read("log") == "old\n");
    CHECK(append("0").status == exited(0));
    CHECK(folder.read("log").size() == 4 + run({"sh", "-c", kGrow}).out.size());
}

TEST_CASE("stderr in a file is told of when its stage fails") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, misbehaving("one", {"write-stderr", "40", "3"}, {"stderr = 'errors'"}));
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_THAT(result.err, ContainsSubstring("line 40 of 40"));
    CHECK_THAT(result.err, !ContainsSubstring("line 20 of 40"));
}

TEST_CASE("stderr in a file stays when the run fails, unless it is atomic", "[log]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("kept", "old\n");
    folder.write("added", "old\n");
    folder.write("atomic", "old\n");
    folder.write("cut", "old\n");
    const auto failing = [&](const std::string& log) {
        const RunResult result =
            run_pipectl(folder, shell("one", "echo word >&2; exit 3", {"stderr = " + log}));
        CAPTURE(result);
        CHECK(result.status == exited(3));
        CHECK_THAT(result.err, ContainsSubstring("word"));
    };
    failing("'kept'");
    failing("{ file = 'added', append = true }");
    failing("{ file = 'atomic', atomic = true }");
    failing("{ file = 'cut', append = true, atomic = true }");
    CHECK(folder.read("kept") == "word\n");
    CHECK(folder.read("added") == "old\nword\n");
    CHECK(folder.read("atomic") == "old\n");
    CHECK(folder.read("cut") == "old\n");
    CHECK(names_in(folder.path()).size() == 5);
}

TEST_CASE("what was appended stays when a signal ends the run, unless it is atomic", "[log][R29]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto cancelled = [&](const std::string& more) {
        folder.write("log", "old\n");
        Child run =
            start_pipectl(folder, shell("one", "echo new; exec sleep 60",
                                        {"stdout = { file = 'log', append = true" + more + " }"}));
        REQUIRE(wait_until([&] { return folder.read("log") == "old\nnew\n"; }));
        run.signal(SIGTERM);
        CHECK(run.finish().status == killed_by(SIGTERM));
        return folder.read("log");
    };
    CHECK(cancelled("") == "old\nnew\n");
    CHECK(cancelled(", atomic = true") == "old\n");
}

TEST_CASE("several stages may add to one log", "[log]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string log = "stderr = { file = 'log', append = true }";
    const RunResult result = run_pipectl(
        folder, shell("one", "echo 1 >&2", {log}) + shell("two", "cat; echo 2 >&2; exit 3", {log}));
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK(folder.read("log") == "1\n2\n");
}

TEST_CASE("an output may be kept in a file and read by stages as well", "[keep]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string numbers = run({"seq", "100000"}).out;
    const RunResult result = run_pipectl(
        folder, stage("one", {"seq", "100000"}, {"stdout = 'kept'"}) + stage("two", {"wc", "-l"}) +
                    stage("three", {"tail", "-n", "1"}, {"from = 'one'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("100000\n"));
    CHECK(folder.read("kept") == numbers);
    const RunResult early =
        run_pipectl(folder, stage("one", {"seq", "100000"}, {"stdout = 'all'"}) +
                                stage("two", {"head", "-n", "1"}));
    CAPTURE(early);
    CHECK(early.status == exited(0));
    CHECK(early.out == "1\n");
    CHECK(folder.read("all") == numbers);  // a reader that leaves does not truncate it
    const RunResult failed = run_pipectl(
        folder, stage("one", {"seq", "5"}, {"stdout = 'kept'"}) + shell("two", "cat; exit 3"));
    CHECK(failed.status == exited(3));
    CHECK(folder.read("kept") == numbers);
}

TEST_CASE("with empty = \"refuse\" a run that has written nothing fails and keeps the old file",
          "[empty]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out", "old\n");
    const auto refusing = [&](const char* text) {
        return run_pipectl(folder,
                           shell("one", text, {"stdout = { file = 'out', empty = 'refuse' }"}));
    };
    for (const char* nothing : {"true", "gzip -c < /dev/null", "xz -c < /dev/null || true"}) {
        const RunResult result = refusing(nothing);
        CAPTURE(nothing, result);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring("nothing was written to 'out'"));
        CHECK(folder.read("out") == "old\n");
    }
    CHECK(refusing("echo x | gzip -c").status == exited(0));
    CHECK(refusing("echo new").status == exited(0));
    CHECK(folder.read("out") == "new\n");
}

TEST_CASE("a file that both feeds and is the output of a run is read to its end first") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("data", "b\na\n");
    const RunResult result =
        run_pipectl(folder, stage("one", {"sort"}, {"stdin = 'data'", "stdout = 'data'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("data") == "a\nb\n");
}

TEST_CASE("an output is the old file or the complete new one when pipectl is killed at any moment",
          "[R28]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string complete = run({"sh", "-c", kGrow}).out;
    folder.write("pipeline.toml", shell("one", kGrow) + stage("two", {"cat"}, {"stdout = 'out'"}));
    const double began = now();
    REQUIRE(run({PIPECTL_BINARY, "run", "pipeline.toml"}, {.cwd = folder.path()}).status ==
            exited(0));
    const auto usual = static_cast<int>((now() - began) * 1.2e6);
    std::mt19937 random(20);
    int kept = 0;
    int replaced = 0;
    for (int round = 0; round < rounds(60); ++round) {
        folder.write("out", "old\n");
        Child child({PIPECTL_BINARY, "run", "pipeline.toml"}, {.cwd = folder.path()});
        // a random moment of the run's life: the time is the test's subject, not its
        // synchronisation
        ::usleep(static_cast<useconds_t>(random() % static_cast<unsigned>(usual)));
        child.signal(SIGKILL);
        (void)child.finish();
        REQUIRE(wait_until([&] { return survivors(check.marker()).empty(); }, 5s));
        const std::string content = folder.read("out");
        (content == "old\n" ? kept : replaced)++;
        CAPTURE(round, content.size());
        REQUIRE((content == "old\n" || content == complete));
        REQUIRE(names_in(folder.path()) == std::vector<std::string>{"out", "pipeline.toml"});
    }
    CHECK(kept > 0);
    INFO("replaced in " << replaced << " rounds");
}
