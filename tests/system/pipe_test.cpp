// `pipectl pipe`: the caller's own words, with what a run promises.

#include <sys/stat.h>

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

RunResult pipe(const TemporaryFolder& folder, std::vector<std::string> words) {
    words.insert(words.begin(), {PIPECTL_BINARY, "pipe"});
    return run(words, {.cwd = folder.path()});
}

}  // namespace

TEST_CASE("pipe: words are arguments as they are, and only the separator has a meaning") {
    const LeakCheck check;
    const TemporaryFolder folder;
    CHECK(pipe(folder, {"seq", "5", "::", "sort", "-rn", "::", "head", "-n", "2"}).out == "5\n4\n");
    CHECK(pipe(folder, {"printf", "%s\n", "\\::", "${x}", "$(y)", "a b", "", "*"}).out ==
          "::\n${x}\n$(y)\na b\n\n*\n");
    CHECK(pipe(folder, {"--sep", "|", "echo", "::", "|", "cat"}).out == "::\n");
    CHECK(pipe(folder, {"--", "echo", "x", "--help", "::", "--", "cat", "-"}).out == "x --help\n");
    CHECK(pipe(folder, {"echo", "--quiet", "--", "-q"}).out == "--quiet -- -q\n");
    CHECK(run({PIPECTL_BINARY, "pipe", "cat", "::", "tr", "a", "b"}, {.stdin_text = "aa"}).out ==
          "bb");
}

TEST_CASE("pipe: options of each stage stand before its command") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", "b\na\n");
    ::mkdir(folder.path("sub").c_str(), 0700);
    const RunResult both =
        pipe(folder, {"--in", "in", "cat", "::", "--out", "sorted", "sort", "::", "--err", "log",
                      "--append", "counts", "sh", "-c", "wc -l; echo said >&2"});
    CHECK(both.status == exited(0));
    CHECK(both.out.empty());
    CHECK(folder.read("sorted") == "a\nb\n");
    CHECK(folder.read("counts") == "2\n");
    CHECK(folder.read("log") == "said\n");
    CHECK(pipe(folder, {"--text", "x y", "tr", " ", "\n", "::", "--cwd", "sub", "sh", "-c",
                        "cat; basename $PWD"})
              .out == "x\nysub\n");
    CHECK(pipe(folder, {"--err", "-", "sh", "-c", "echo a >&2", "::", "cat"}).out == "a\n");
    CHECK_THAT(pipe(folder, {"-n", "seq", "3", "::", "--via", "shm", "cat"}).out,
               ContainsSubstring("shm"));
}

TEST_CASE("pipe is strict: the first failure's status, and files stay as they were") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("kept", "old\n");
    const std::vector<std::string> failing = {"sh", "-c", "seq 3; exit 4"};
    auto words = failing;
    words.insert(words.end(), {"::", "--out", "kept", "sort"});
    CHECK(pipe(folder, words).status == exited(4));
    CHECK(folder.read("kept") == "old\n");
    CHECK(pipe(folder, {"seq", "3", "::", "false"}).status == exited(1));
    CHECK(pipe(folder, {"seq", "3", "::", "no-such-program-x"}).status == exited(127));
    CHECK(pipe(folder, {"yes", "::", "head", "-n", "1"}).out == "y\n");
}

TEST_CASE("pipe: statuses that are no failure, known and given") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const std::vector<std::string>& mild :
         std::vector<std::vector<std::string>>{{"grep", "x", "/dev/null"},
                                               {"env", "LC_ALL=C", "grep", "x", "/dev/null"},
                                               {"sh", "-c", "grep x /dev/null"},
                                               {"--text", "a", "xargs", "grep", "x", "/dev/null"},
                                               {"--ok", "0,7", "sh", "-c", "exit 7"},
                                               {"--ok", "any", "sh", "-c", "exit 9"}}) {
        auto words = mild;
        words.insert(words.end(), {"::", "wc", "-l"});
        CHECK(pipe(folder, words).out == "0\n");
    }
    CHECK(pipe(folder, {"seq", "3", "::", "grep", "x"}).status == exited(1));
    CHECK(pipe(folder, {"--ok", "0", "grep", "x", "/dev/null", "::", "wc", "-l"}).status ==
          exited(1));
}

TEST_CASE("pipe says what is wrong with its words") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::vector<std::string>& words, const std::string& why) {
        const RunResult result = pipe(folder, words);
        CAPTURE(result);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring(why));
    };
    refused({}, "COMMAND is missing");
    refused({"seq", "3", "::"}, "command 2 is empty");
    refused({"::", "cat"}, "command 1 is empty");
    refused({"seq", "3", "::", "--nope", "cat"}, "unknown option '--nope' (command 2)");
    refused({"--in", "a", "--text", "b", "cat"}, "--in and --text: one of the two");
    refused({"--ok", "0,x", "cat"}, "--ok takes statuses");
    refused({"seq", "3", "::", "--in", "f", "cat"}, "nobody reads command 1");
    refused({"--sep", "", "cat"}, "--sep is empty");
}

TEST_CASE("pipe takes as many commands and as long lists as a program may be given") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::vector<std::string> words = {"printf", "%s"};
    for (int i = 0; i < 20000; ++i) {
        words.emplace_back("0123456789012345678901234567890123456789");
    }
    for (int i = 0; i < 50; ++i) {
        words.insert(words.end(), {"::", "cat"});
    }
    words.insert(words.end(), {"::", "wc", "-c"});
    CHECK(pipe(folder, words).out == "800000\n");
}
