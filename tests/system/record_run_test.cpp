// `run --record` and `pipectl replay`: every byte of every edge, and runs made of them.

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "stages/base/fd.hpp"
#include "stages/recording/reader.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

RunResult replay(const TemporaryFolder& folder, std::vector<std::string> words) {
    words.insert(words.begin(), "replay");
    RunOptions options;
    options.cwd = folder.path();
    return pipectl_says(words, options);
}

std::string edge_of(const TemporaryFolder& folder, const std::string& edge) {
    const RunResult result = replay(folder, {"r.rec", "--edge", edge});
    CHECK(result.status == exited(0));
    return result.out;
}

std::string numbers_to(int last) {
    std::string text;
    for (int i = 1; i <= last; ++i) {
        text += std::to_string(i) + "\n";
    }
    return text;
}

/// A source whose words can be changed between two runs, a filter and a reader that has enough.
std::string filtered() {
    return stage("read", {"seq", "3000"}) + stage("filter", {"sed", "-f", "script"}) +
           stage("top", {"head", "-n", "2"});
}

}  // namespace

TEST_CASE("every edge is recorded over every channel, byte for byte", "[record][R46]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string numbers = numbers_to(30000);
    for (const std::string& channel : channels()) {
        INFO(channel);
        const RunResult result =
            run_pipectl(folder,
                        pipeline({"via = '" + channel + "'"}) + stage("read", {"seq", "30000"}) +
                            stage("pass", {"cat"}) + stage("count", {"wc", "-l"}),
                        {"--record", "r.rec"});
        CHECK(result.status == exited(0));
        CHECK(result.out == "30000\n");
        CHECK(edge_of(folder, "read->pass") == numbers);
        CHECK(edge_of(folder, "pass.stdout->count.stdin") == numbers);
        CHECK_THAT(replay(folder, {"r.rec"}).out, ContainsSubstring("whole; the run was ok"));
    }
}

TEST_CASE("shared, merged and two-way edges are recorded as their readers had them", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("read", {"seq", "4"}, {"fan-out = 'deal'"}) +
            stage("one", {"cat"}, {"from = 'read'"}) + stage("two", {"cat"}, {"from = 'read'"}) +
            stage("all", {"sort"}, {"from = ['one', 'two']"}) +
            shell("ask", "echo q; read a; echo got $a >&2", {"talks-to = 'calc'"}) +
            shell("calc", "read q; echo answer to $q"),
        {"--record", "r.rec"});
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(edge_of(folder, "read->one") == "1\n3\n");
    CHECK(edge_of(folder, "two->all") == "2\n4\n");
    CHECK(edge_of(folder, "ask->calc") == "q\n");
    CHECK(edge_of(folder, "calc->ask") == "answer to q\n");
}

TEST_CASE("replay --from runs what is below with what was read", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("script", "s/^/a/\n");
    CHECK(run_pipectl(folder, filtered(), {"--record", "r.rec"}).out == "a1\na2\n");
    struct stat info {};
    REQUIRE(::stat(folder.path("r.rec").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    folder.write("script", "s/^/b/\n");
    CHECK(replay(folder, {"r.rec", "--from", "filter"}).out == "b1\nb2\n");
    CHECK(replay(folder, {"r.rec", "--from", "top"}).out == "a1\na2\n");
}

TEST_CASE("what came from stdin and went to stdout is recorded too", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("script", "s/o/0/\n");
    RunOptions options;
    options.stdin_text = "one\ntwo\n";
    const RunResult ran =
        run_pipectl(folder, stage("edit", {"sed", "-f", "script"}) + stage("number", {"cat", "-n"}),
                    {"--record", "r.rec"}, options);
    CAPTURE(ran);
    REQUIRE(ran.status == exited(0));
    CHECK(ran.out == "     1\t0ne\n     2\ttw0\n");
    CHECK(edge_of(folder, "stdin->edit") == "one\ntwo\n");
    CHECK(edge_of(folder, "number->stdout") == ran.out);
    CHECK(replay(folder, {"r.rec", "--stage", "edit"}).status == exited(0));
    CHECK(replay(folder, {"r.rec", "--stage", "number"}).status == exited(0));
    CHECK(replay(folder, {"r.rec", "--from", "edit"}).out == ran.out);
    folder.write("script", "s/o/O/\n");
    const RunResult differs = replay(folder, {"r.rec", "--stage", "edit"});
    CHECK(differs.status == exited(1));
    CHECK_THAT(differs.err, ContainsSubstring("'One' now, '0ne' then"));
}

TEST_CASE("a stage that reads no stdin leaves a recording whole", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    auto [out, in] = pipectl::make_pipe();  // whose writer stays
    RunOptions options;
    options.stdin_fd = out.get();
    const RunResult ran =
        run_pipectl(folder, stage("make", {"seq", "3"}), {"--record", "r.rec"}, options);
    CAPTURE(ran);
    REQUIRE(ran.status == exited(0));
    CHECK(ran.out == "1\n2\n3\n");
    CHECK_THAT(replay(folder, {"r.rec"}).out, ContainsSubstring("whole; the run was ok"));
    CHECK(replay(folder, {"r.rec", "--stage", "make"}).status == exited(0));
}

TEST_CASE("replay --stage says where a stage's output differs", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("script", "s/9$/x/\n");
    const std::string definition = stage("read", {"seq", "3000"}) +
                                   stage("filter", {"sed", "-f", "script"}) +
                                   stage("sum", {"cksum"}, {"stdout = 'sum.txt'"});
    CHECK(run_pipectl(folder, definition, {"--record", "r.rec"}).status == exited(0));
    const std::string sum = folder.read("sum.txt");
    CHECK(replay(folder, {"r.rec", "--stage", "filter"}).status == exited(0));
    folder.write("script", "s/9$/x/\ns/^1000$/new/\n");
    const RunResult differs = replay(folder, {"r.rec", "--stage", "filter"});
    CHECK(differs.status == exited(1));
    CHECK_THAT(differs.err,
               ContainsSubstring("'filter.stdout->sum.stdin' differs from the recording "
                                 "at byte 3889, line 1000: 'new' now, '1000' then"));
    folder.write("script", "s/9$/x/\n1500q\n");
    const RunResult shorter = replay(folder, {"r.rec", "--stage", "filter"});
    CHECK(shorter.status == exited(1));
    CHECK_THAT(shorter.err, ContainsSubstring("line 1501: it ends, and went on with '1501'"));
    // words before its command, and no file of the user's is touched
    folder.write("sum.txt", "mine");
    const RunResult last = replay(folder, {"r.rec", "--stage", "sum", "--", "env", "X=1"});
    CHECK(last.status == exited(0));
    CHECK(last.out == sum);
    CHECK(folder.read("sum.txt") == "mine");
    CHECK_THAT(replay(folder, {"r.rec", "--stage", "summ"}).err,
               ContainsSubstring("did you mean 'sum'?"));
}

TEST_CASE("a debugger has the terminal, and what it debugs the recorded bytes", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("script", "s/^/a/\n");
    CHECK(run_pipectl(folder, filtered(), {"--record", "r.rec"}).status == exited(0));
    // what gdb does with these words, after a command has come
    const std::string gdb = folder.write("gdb",
                                         "#!/bin/sh\n"
                                         "[ \"$1\" = -iex ] && [ \"$3\" = --args ] || exit 9\n"
                                         "wrapper=${2#set exec-wrapper }; shift 3\n"
                                         "printf '(gdb) '; read command\n"
                                         "[ \"$command\" = run ] || exit 8\n"
                                         "sh -c \"exec $wrapper \"'\"$@\"' gdb \"$@\"\n");
    std::filesystem::permissions(gdb, std::filesystem::perms::owner_all);
    Pty pty;
    RunOptions options;
    options.cwd = folder.path();
    Child replayed = pty.start(
        {PIPECTL_BINARY, "replay", "r.rec", "--stage", "filter", "--", gdb, "--args"}, options);
    CHECK(pty.wait_for("(gdb) "));
    pty.send("run\n");
    const RunResult result = replayed.finish();
    INFO(pty.screen());
    CHECK(result.status == exited(0));
}

TEST_CASE("a run that is recorded plays nothing from the cache", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition = stage("w", {"seq", "3"}) +
                                   stage("r", {"sort", "-r"}, {"cache = true"}) +
                                   stage("e", {"cat"});
    RunOptions own;
    own.environment = {"XDG_CACHE_HOME=" + folder.path("cache")};
    for (int round = 0; round < 2; ++round) {
        CHECK(run_pipectl(folder, definition, {"--record", "r.rec"}, own).out == "3\n2\n1\n");
    }
    CHECK(replay(folder, {"r.rec", "--from", "e"}).out == "3\n2\n1\n");
}

TEST_CASE("a stage that failed is replayed with what it had, what was cancelled is not whole",
          "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition =
        stage("read", {"seq", "1000000"}) +
        shell("bad", "while read n; do echo $n; [ $n = 50 ] && exit 7; done") +
        // outlives what records its edge, which is thus told to end before its reader is gone
        shell("after", "trap '' TERM; exec cat", {"stdout = 'out'"});
    CHECK(run_pipectl(folder, "[pipeline]\ngrace = '200ms'\n" + definition, {"--record", "r.rec"})
              .status == exited(7));
    const RunResult told = replay(folder, {"r.rec"});
    CHECK_THAT(told.out, ContainsSubstring("not whole: 'bad.stdout->after.stdin' "));
    CHECK_THAT(told.out, ContainsSubstring("the run was failed"));
    CHECK(replay(folder, {"r.rec", "--stage", "bad"}).status == exited(7));
    const RunResult refused = replay(folder, {"r.rec", "--from", "after"});
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("is not whole: 'bad.stdout->after.stdin'"));
    CHECK_FALSE(std::filesystem::exists(folder.path("out")));
    CHECK(replay(folder, {"r.rec", "--from", "after", "--partial"}).status == exited(0));
    CHECK(numbers_to(50).starts_with(folder.read("out")));
}

TEST_CASE("a killed run leaves a valid beginning of its recording", "[record][R46]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string numbers = numbers_to(2000000);
    for (int i = 0; i < rounds(50); ++i) {
        std::filesystem::remove(folder.path("r.rec"));
        Child run = start_pipectl(folder,
                                  stage("read", {"seq", "100000000"}) + stage("pass", {"cat"}) +
                                      stage("sink", {"cat"}, {"stdout = { null = true }"}),
                                  {"--record", "r.rec"});
        const std::uintmax_t enough = 1000 + 50000 * static_cast<std::uintmax_t>(i);
        REQUIRE(wait_until([&] {
            std::error_code error;
            const auto size = std::filesystem::file_size(folder.path("r.rec"), error);
            return !error && size > enough;
        }));
        ::kill(i % 2 == 0 ? supervisor_of(run.pid()) : run.pid(), SIGKILL);
        run.finish();
        CHECK(wait_until([&] {
            return survivors(leaks.marker()).empty() &&
                   std::filesystem::is_empty(leaks.runtime_folder());
        }));
        const recording::Reader reader(folder.path("r.rec"));
        CHECK_FALSE(reader.head().empty());
        // a supervisor that is left says that the run was killed
        CHECK((reader.finish().empty() || i % 2 != 0));
        CHECK_THAT(replay(folder, {"r.rec", "--json"}).out, ContainsSubstring("\"whole\": false"));
        for (std::size_t edge = 0; edge < reader.edges().size(); ++edge) {
            std::size_t at = 0;
            reader.read(edge, [&](std::string_view bytes) {
                const std::string_view known =
                    std::string_view(numbers).substr(std::min(at, numbers.size()), bytes.size());
                CHECK(bytes.substr(0, known.size()) == known);
                at += bytes.size();
                return true;
            });
            CHECK(at == reader.edges()[edge].bytes);
        }
    }
    CHECK(replay(folder, {"r.rec", "--from", "pass"}).status == exited(125));
}

TEST_CASE("a secret is not in a recording, and replay asks for it", "[record][R48]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition =
        "[params]\nkey = { secret = true, env = 'KEY_OF_TEST' }\n" + stage("read", {"echo", "x"}) +
        shell("use", "printf '%s ' \"$key\" | cksum; cat", {"stdout = 'out'"});
    RunOptions options;
    options.environment = {"KEY_OF_TEST=open-sesame"};
    CHECK(run_pipectl(folder, definition, {"--record", "r.rec"}, options).status == exited(0));
    const std::string out = folder.read("out");
    CHECK(folder.read("r.rec").find("sesame") == std::string::npos);
    const RunResult refused = replay(folder, {"r.rec", "--from", "use"});
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("'key'"));
    CHECK(replay(folder, {"r.rec", "--from", "use", "--set", "key=open-sesame"}).status ==
          exited(0));
    CHECK(folder.read("out") == out);
}

TEST_CASE("a recording that cannot be written fails the run", "[record]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition =
        stage("read", {"seq", "100000"}) + stage("out", {"cat"}, {"stdout = { null = true }"});
    RunOptions options;
    options.limits = {{RLIMIT_FSIZE, 200000}};
    const RunResult full = run_pipectl(folder, definition, {"--record", "r.rec"}, options);
    CHECK(full.status == exited(125));
    CHECK_THAT(full.err, ContainsSubstring("cannot write the recording"));
    const RunResult device = run_pipectl(folder, definition, {"--record", "/dev/full"});
    CHECK(device.status == exited(125));
    CHECK_THAT(device.err, ContainsSubstring("is not a regular file"));
    CHECK(run_pipectl(folder, definition, {"--record", "-"}).status == exited(125));
}
