// What stages say on a stderr that is no terminal: passed on as it is, and the last of it kept.

#include <fcntl.h>
#include <unistd.h>

#include <regex>

#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("the last words of stages are in the record, however they ended", "[stderr][R39]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        shell("well", "seq 30 >&2; echo data") +
            shell("badly", "cat > /dev/null; printf 'no newline' >&2; exit 3") +
            shell("file", "cat > /dev/null; echo into a file >&2", {"stderr = 'file.err'"}) +
            stage("silent", {"cat"}),
        {"--json", "record", "--html", "page"});
    INFO(to_text(result));
    CHECK(result.status == exited(3));
    std::string numbers;
    std::string kept;
    for (int i = 1; i <= 30; ++i) {
        numbers += std::to_string(i) + "\n";
        kept += i > 10 ? (kept.empty() ? "\"" : ", \"") + std::to_string(i) + "\"" : "";
    }
    const Record record(folder.read("record"));
    INFO(record.text());
    CHECK(record.text().find("\"stderr_tail\": [" + kept + "]") != std::string::npos);
    CHECK(record.text().find("\"stderr_tail\": [\"no newline\"]") != std::string::npos);
    const std::string page = folder.read("page");
    for (const char* words : {"no newline</pre>", "into a file", "\n30"}) {
        INFO(words);
        CHECK(page.find(words, page.find("Last lines of stderr")) != std::string::npos);
    }
    // what was passed on stands before what pipectl says of it, and is not said again
    CHECK(result.err.find(numbers) != std::string::npos);
    const std::size_t words = result.err.find("no newline");
    CHECK(words < result.err.find("pipectl:"));
    CHECK(result.err.find("| no newline") == std::string::npos);
}

TEST_CASE("a stage's stderr is passed on byte for byte", "[stderr][R39]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("bytes", std::string("a\0b\xff\r\n\x1b[1m", 10) + std::string(200000, 'y'));
    const RunResult result =
        run_pipectl(folder, shell("s", "cat bytes >&2", {"stdin = { null = true }"}));
    CHECK(result.status == exited(0));
    CHECK(result.err == folder.read("bytes"));
}

TEST_CASE("with --prefix a stage's stderr comes as lines with time and name", "[stderr][R39]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("say", "printf 'one\\ntw' >&2; printf 'o\\nthree' >&2"), {"--prefix"});
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    const std::regex lines(R"((\d\d:\d\d:\d\d\.\d{3} say \| (one|two|three)\n){3})");
    CHECK(std::regex_match(result.err, lines));
}

TEST_CASE("stdout and stderr that are one file keep their order", "[stderr][R39]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Fd both(
        ::open(folder.path("both").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    RunOptions options;
    options.stdout_fd = options.stderr_fd = both.get();
    const RunResult result = run_pipectl(
        folder, shell("s", "for i in $(seq 200); do echo out $i; echo err $i >&2; done"), {},
        options);
    CHECK(result.status == exited(0));
    std::string expected;
    for (int i = 1; i <= 200; ++i) {
        expected += "out " + std::to_string(i) + "\nerr " + std::to_string(i) + "\n";
    }
    CHECK(folder.read("both") == expected);
}

TEST_CASE("a detached stage keeps pipectl's own stderr", "[stderr]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, shell("s", "readlink /proc/self/fd/2", {"detach = true"}) + stage("c", {"cat"}));
    CHECK(result.status == exited(0));
    CHECK_FALSE(result.out.starts_with("pipe:"));
}
