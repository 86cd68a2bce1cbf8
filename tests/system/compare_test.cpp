// `pipectl compare` on real pipelines: same bytes, figures, an answer, and nothing touched or left.
//
// Where a test needs one channel to be faster, a stage looks at what its stdin is and waits on all
// but one of them: which channel wins is then the test's choice, not the machine's.

#include <signal.h>

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A stage that is fast on a socket only: by more than a busy machine makes of it.
std::string fast_on_sockets(const std::vector<std::string>& more = {}) {
    return shell("count", "[ -S /proc/self/fd/0 ] || sleep 0.5; wc -c", more);
}

RunResult compare(const TemporaryFolder& folder, const std::string& definition,
                  std::vector<std::string> words, RunOptions options = {}) {
    folder.write("p.toml", definition);
    options.cwd = folder.path();
    words.insert(words.begin(), {PIPECTL_BINARY, "compare", "p.toml"});
    return run(words, options);
}

int count_of(const std::string& text, const std::string& part) {
    int count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("compare gives a row per channel, and the bytes of all are the same", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("out.txt", "the user's\n");
    const RunResult result =
        compare(folder,
                stage("words", {"seq", "5000"}) + stage("sort", {"sort", "-rn"}) +
                    stage("copy", {"tee", "/dev/stderr"}, {"stdout = 'out.txt'"}),
                {"--channels", "pipe,unix,shm:64KiB", "--sizes", "4KiB", "--runs", "2", "--json",
                 "r.json", "--markdown", "r.md"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(folder.read("out.txt") == "the user's\n");
    const std::string json = folder.read("r.json");
    CAPTURE(json);
    CHECK_THAT(json, ContainsSubstring("\"same_bytes\": true"));
    CHECK(count_of(json, "\"median_s\": ") == 4);
    CHECK(count_of(json, "\"failed\": null") == 4);
    for (const char* member :
         {"best", "significant", "rows", "ci95_s", "runs_s", "cpu_s", "context_switches",
          "max_rss_bytes", "first_byte_s", "digest", "warnings", "command", "sinks"}) {
        CAPTURE(member);
        CHECK_THAT(json, ContainsSubstring("\"" + std::string(member) + "\": "));
    }
    CHECK_THAT(json, ContainsSubstring("\"name\": \"copy.stdout\"") &&
                         ContainsSubstring("\"bytes\": 23893"));
    CHECK_THAT(result.out, ContainsSubstring("same bytes in every run"));
    CHECK_THAT(result.out, ContainsSubstring("pipe 4KiB"));
    CHECK_THAT(folder.read("r.md"), ContainsSubstring("| shm 64KiB | "));
    CHECK_THAT(result.err, ContainsSubstring("4 channels, 3 runs of each: about "));
}

TEST_CASE("the winner is written into the definition, comments and layout stay", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        "# what it does\n\n" + stage("make", {"seq", "9"}) + "# counts\n" + fast_on_sockets();
    const RunResult all =
        compare(folder, definition, {"--channels", "pipe,unix", "--runs", "6", "--apply"});
    CAPTURE(all);
    CHECK(all.status == exited(0));
    CHECK_THAT(all.out,
               ContainsSubstring("unix is ") && ContainsSubstring("times faster than pipe"));
    CHECK_THAT(all.err, ContainsSubstring("'p.toml' now has `via = \"unix\"`"));
    CHECK(folder.read("p.toml") ==
          "# what it does\n\n[pipeline]\nvia = \"unix\"\n\n" + definition.substr(16));

    const RunResult again = run({PIPECTL_BINARY, "compare", "p.toml", "--channels", "pipe,unix",
                                 "--runs", "6", "--apply", "--stage", "count"},
                                {.cwd = folder.path()});
    CAPTURE(again);
    CHECK(again.status == exited(0));
    CHECK_THAT(again.out, ContainsSubstring("unix is the fastest"));
    CHECK_THAT(again.err, ContainsSubstring("is left as it is"));
}

TEST_CASE("without a significant difference --apply changes nothing", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = stage("make", {"seq", "9"}) + stage("count", {"wc", "-c"});
    const RunResult result =
        compare(folder, definition, {"--channels", "pipe,unix", "--runs", "2", "--apply"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("no significant difference"));
    CHECK(folder.read("p.toml") == definition);
}

TEST_CASE("a feed's own channel keeps --apply from a change that would do nothing") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        stage("make", {"seq", "9"}) + fast_on_sockets({"from = { stage = 'make', via = 'fifo' }"});
    const RunResult result =
        compare(folder, definition, {"--channels", "pipe,unix", "--runs", "6", "--apply"});
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("is left as it is"));
    CHECK(folder.read("p.toml") == definition);
}

TEST_CASE("other bytes over another channel are status 1 and said first") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = compare(
        folder,
        stage("make", {"seq", "9"}) +
            shell("tell", "[ -S /proc/self/fd/0 ] && echo socket || echo pipe; cat >/dev/null"),
        {"--channels", "pipe,unix,fifo", "--runs", "2", "--json", "r.json"});
    CAPTURE(result);
    CHECK(result.status == exited(1));
    CHECK_THAT(result.out, ContainsSubstring("OTHER BYTES: over unix the sinks"));
    CHECK_THAT(folder.read("r.json"), ContainsSubstring("\"same_bytes\": false"));
}

TEST_CASE("a pipeline that never gives the same twice proves nothing and is no error") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        compare(folder, stage("time", {"date", "+%s.%N"}) + stage("copy", {"cat"}),
                {"--channels", "pipe,unix", "--runs", "2", "--json", "r.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("does not give the same output twice"));
    CHECK_THAT(folder.read("r.json"), ContainsSubstring("\"same_bytes\": null"));
}

TEST_CASE("a channel over which the pipeline fails is a row with its reason") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = compare(
        folder,
        stage("make", {"seq", "9"}) +
            shell("pick", "[ -S /proc/self/fd/0 ] && { echo no sockets >&2; exit 3; }; cat"),
        {"--channels", "pipe,unix", "--runs", "2", "--json", "r.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out,
               ContainsSubstring("unix: stage 'pick' exited with status 3: no sockets"));
    CHECK_THAT(folder.read("r.json"), ContainsSubstring("\"failed\": \"stage 'pick' exited"));
}

TEST_CASE("when no channel could be measured that is said, with the reasons") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = compare(
        folder,
        stage("make", {"seq", "9"}) + shell("pick", "[ -S /proc/self/fd/0 ] && exit 3; cat"),
        {"--channels", "unix,tcp", "--runs", "2"});
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.out, ContainsSubstring("nothing could be measured") &&
                               ContainsSubstring("tcp: stage 'pick' exited with status 3"));
}

TEST_CASE("a pipeline that fails as it is cannot be compared") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult failing =
        compare(folder, stage("make", {"seq", "9"}) + shell("fail", "echo why >&2; exit 7"), {});
    CHECK(failing.status == exited(125));
    CHECK_THAT(failing.err, ContainsSubstring("stage 'fail' exited with status 7") &&
                                ContainsSubstring("\n  why\n"));
    const RunResult missing =
        compare(folder, stage("make", {"seq", "9"}) + stage("x", {"no-such-program"}), {});
    CHECK(missing.status == exited(125));
    CHECK_THAT(missing.err, ContainsSubstring("no-such-program"));
    const RunResult alone = compare(folder, stage("make", {"seq", "9"}), {});
    CHECK(alone.status == exited(125));
    CHECK_THAT(alone.err, ContainsSubstring("no stage feeds another one"));
}

TEST_CASE("a pipeline that changes things is refused without --yes") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition =
        stage("make", {"seq", "3"}) + shell("append", "cat >> log; echo ok");
    const RunResult refused =
        compare(folder, definition, {"--channels", "pipe,fifo", "--runs", "2"});
    CAPTURE(refused);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("p.toml:") &&
                                ContainsSubstring("stage 'append' writes 'log' by itself") &&
                                ContainsSubstring("--yes"));
    CHECK_FALSE(folder.has("log"));
    const RunResult meant =
        compare(folder, definition, {"--channels", "pipe,fifo", "--runs", "2", "--yes"});
    CAPTURE(meant);
    CHECK(meant.status == exited(0));
    // the reference, one round of warm-up, two that count
    CHECK(count_lines(folder.read("log"), "1") == 1 + 2 * 3);
    const RunResult kill = run({PIPECTL_BINARY, "compare", "--set", "pattern=nothing-at-all",
                                SOURCE_FOLDER "/pipelines/kill-matching.toml"});
    CHECK(kill.status == exited(125));
    CHECK_THAT(kill.err, ContainsSubstring("stage 'act' runs 'kill'"));
}

TEST_CASE("stdin is given to every run, from a file or a pipe, and is not waited for") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = stage("copy", {"cat"}) + stage("sum", {"md5sum"});
    const std::string sum = "same bytes in every run";
    const std::vector<std::string> words = {"--channels", "pipe,tcp", "--runs", "2"};
    const RunResult file = compare(folder, definition, words, {.stdin_text = "some\ntext\n"});
    CAPTURE(file);
    CHECK(file.status == exited(0));
    CHECK_THAT(file.out, ContainsSubstring(sum));

    pipectl::PipeEnds pipe = pipectl::make_pipe();
    CHECK(pipectl::write_all(pipe.writer.get(), "some\ntext\n") == 0);
    pipe.writer.reset();
    const RunResult piped = compare(folder, definition, words, {.stdin_fd = pipe.reader.get()});
    CAPTURE(piped);
    CHECK(piped.status == exited(0));
    const auto digest = [](const std::string& out) { return out.substr(out.find("XXH3"), 21); };
    CHECK(digest(piped.out) == digest(file.out));

    // nobody ever writes, and nobody reads
    pipectl::PipeEnds silent = pipectl::make_pipe();
    const RunResult unread = compare(folder, stage("make", {"seq", "9"}) + stage("copy", {"cat"}),
                                     words, {.stdin_fd = silent.reader.get(), .timeout = 30s});
    CAPTURE(unread);
    CHECK(unread.status == exited(0));
}

TEST_CASE("stdin that no stage reads is left to the caller", "[compare]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("silent.toml", stage("a", {"echo", "x"}) + stage("b", {"cat"}));
    folder.write("reads.toml", shell("a", "read line; echo $line") + stage("b", {"cat"}));
    folder.write("lines", "1\n2\n3\n");
    const auto loop = [&](const std::string& lines, const std::string& definition) {
        RunOptions options;
        options.cwd = folder.path();
        const std::string body = "while read i; do " + std::string(PIPECTL_BINARY) + " compare " +
                                 definition +
                                 " --runs 1 --warmup 0 --channels pipe >log 2>&1 || cat log; "
                                 "echo $i; done";
        return run({"sh", "-c", lines == "file" ? body + " < lines" : "cat lines | " + body},
                   options)
            .out;
    };
    CHECK(loop("pipe", "silent.toml") == "1\n2\n3\n");
    CHECK(loop("file", "silent.toml") == "1\n2\n3\n");
    // a shell reads a pipe byte by byte: one line goes to the reference run
    CHECK(loop("pipe", "reads.toml") == "1\n3\n");
}

TEST_CASE("each edge by itself is a table of the matrix", "[alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        compare(folder, stage("make", {"seq", "9"}) + stage("copy", {"cat"}) + fast_on_sockets(),
                {"--channels", "pipe,unix", "--runs", "3", "--matrix", "--json", "r.json"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring("into copy") && ContainsSubstring("into count"));
    const std::string json = folder.read("r.json");
    CAPTURE(json);
    const std::size_t count = json.find("\"stage\": \"count\"");
    REQUIRE(count != std::string::npos);
    CHECK(json.find("\"best\": \"unix\"", count) != std::string::npos);
}

TEST_CASE("a pair that talks is compared by its round trips, where a stage tells of them") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = shell("ask",
                                         "for n in 1 2 3 4 5; do echo $n; read answer; done; "
                                         "echo 5 >> ${PIPECTL_ROUND_TRIPS:-/dev/null}",
                                         {"talks-to = 'echo'"}) +
                                   stage("echo", {"sed", "-u", "s/$/0/"});
    const std::vector<std::string> words = {"--channels", "pipe,unix", "--runs",
                                            "3",          "--json",    "r.json"};
    CHECK_THAT(compare(folder, definition, words).out, !ContainsSubstring("a round trip"));
    std::vector<std::string> asked = words;
    asked.emplace_back("--round-trips");
    const RunResult told = compare(folder, definition, asked);
    CAPTURE(told);
    CHECK(told.status == exited(0));
    CHECK_THAT(told.out, ContainsSubstring("a round trip"));
    CHECK(count_of(folder.read("r.json"), "\"round_trip_s\": ") == 2);
    const RunResult silent = compare(folder, stage("a", {"seq", "5"}) + stage("b", {"cat"}), asked);
    CHECK_THAT(silent.out, ContainsSubstring("no stage told of round trips"));
}

TEST_CASE("an interrupted comparison ends its run and shows what it has") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("p.toml",
                 stage("make", {"seq", "9"}) + shell("slow", "echo run >> runs; cat; sleep 0.05"));
    Child child({PIPECTL_BINARY, "compare", "p.toml", "--yes", "--channels", "pipe,unix", "--runs",
                 "1000", "--warmup", "0"},
                {.cwd = folder.path()});
    wait_until([&] { return folder.has("runs") && count_lines(folder.read("runs"), "run") > 8; });
    child.signal(SIGINT);
    const RunResult result = child.finish(20s);
    CAPTURE(result);
    CHECK(result.status == killed_by(SIGINT));
    CHECK_THAT(result.out, ContainsSubstring("interrupted: fewer runs than were asked for"));
    CHECK_THAT(result.out, ContainsSubstring("unix "));
    CHECK(none_left(check));
}

TEST_CASE("nothing of a comparison is left when it is killed") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("p.toml", stage("make", {"seq", "9"}) +
                               shell("slow", "echo run >> runs; cat; sleep 100") +
                               stage("last", {"cat"}));
    Child child({PIPECTL_BINARY, "compare", "p.toml", "--yes", "--channels", "shm"},
                {.cwd = folder.path()});
    wait_until([&] { return folder.has("runs"); });
    child.signal(SIGKILL);
    CHECK(child.wait() == killed_by(SIGKILL));
    CHECK(none_left(check));
}

TEST_CASE("compare says what is wrong with its words") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string good = stage("make", {"seq", "9"}) + stage("copy", {"cat"});
    const auto error = [&](const std::vector<std::string>& words) {
        const RunResult result = compare(folder, good, words);
        CHECK(result.status == exited(125));
        CHECK(result.out.empty());
        return result.err;
    };
    CHECK_THAT(error({"--channels", "smh"}),
               ContainsSubstring("there is no channel 'smh'; did you mean 'shm'?"));
    CHECK_THAT(error({"--runs", "0"}), ContainsSubstring("--runs is a number from 1"));
    CHECK_THAT(error({"--warmup", "x"}), ContainsSubstring("--warmup is a number from 0"));
    CHECK_THAT(error({"--stage", "cpoy"}),
               ContainsSubstring("there is no stage 'cpoy'; did you mean 'copy'?"));
    CHECK_THAT(error({"--stage", "make"}), ContainsSubstring("no stage feeds 'make'"));
    CHECK_THAT(error({"--stage", "copy", "--matrix"}), ContainsSubstring("leave --stage out"));
    CHECK_THAT(error({"--json", "/no/such/folder/x"}), ContainsSubstring("cannot write"));
}
