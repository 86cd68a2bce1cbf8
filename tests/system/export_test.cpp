// `pipectl export` as its user sees it, and the script when things go wrong. That it makes the same
// bytes as the run, with several shells, is tests/shell/run's matter.

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

RunResult export_to(const TemporaryFolder& folder, std::string_view definition,
                    const std::string& script) {
    folder.write("p.toml", definition);
    RunOptions options;
    options.cwd = folder.path();
    return test::run({PIPECTL_BINARY, "export", "p.toml", "--output", script}, options);
}

std::size_t entry_count(const std::string& path) {
    std::size_t count = 0;
    DIR* folder = ::opendir(path.c_str());
    REQUIRE(folder != nullptr);
    while (const dirent* entry = ::readdir(folder)) {
        if (entry->d_name != std::string(".") && entry->d_name != std::string("..")) ++count;
    }
    ::closedir(folder);
    return count;
}

/// The folder of a script's own temporary files.
RunOptions with_tmpdir(const TemporaryFolder& folder) {
    ::mkdir(folder.path("tmp").c_str(), 0700);
    RunOptions options;
    options.cwd = folder.path();
    options.environment = {"TMPDIR=" + folder.path("tmp")};
    return options;
}

constexpr std::string_view kTwoReaders =
    "[[stage]]\nrun = ['yes']\n"
    "[[stage]]\nname = 'a'\nshell = 'touch started; cat >/dev/null'\n"
    "[[stage]]\nname = 'b'\nfrom = 'yes'\nrun = ['wc', '-l']\nstdout = 'count.txt'\n";

}  // namespace

TEST_CASE("an exported script is executable and takes parameters from its environment") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult exported =
        export_to(folder, "[params]\nn = 3\n[[stage]]\nrun = ['seq', '${n}']\n", "p.sh");
    INFO(to_text(exported));
    REQUIRE(exported.status == exited(0));
    CHECK(exported.out.empty());
    RunOptions options = with_tmpdir(folder);
    CHECK(test::run({folder.path("p.sh")}, options).out == "1\n2\n3\n");
    options.environment.emplace_back("n=2");
    CHECK(test::run({folder.path("p.sh")}, options).out == "1\n2\n");
    CHECK(entry_count(folder.path("tmp")) == 0);
}

TEST_CASE("a required parameter that is missing ends the script before anything starts") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    REQUIRE(export_to(folder,
                      "[params]\nn = { required = true, help = 'how many' }\n"
                      "[[stage]]\nshell = 'touch started; seq \"$n\"'\n",
                      "p.sh")
                .status == exited(0));
    const RunResult result = test::run({folder.path("p.sh")}, with_tmpdir(folder));
    CHECK_FALSE(result.status == exited(0));
    CHECK(result.err.find("how many") != std::string::npos);
    CHECK_FALSE(folder.has("started"));
}

TEST_CASE("what cannot be exported is told with its place, and no script is written") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult result =
        export_to(folder, "[[stage]]\nrun = ['id']\nuser = 'nobody'\n", "p.sh");
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.err.find("p.toml:3:8: error: ") == 0);
    CHECK_FALSE(folder.has("p.sh"));
}

TEST_CASE("a failed stage of an exported script is named and leaves the old file") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("out", "old");
    REQUIRE(export_to(folder,
                      "[[stage]]\nname = 'first'\nshell = 'echo half; exit 7'\n"
                      "[[stage]]\nrun = ['cat']\nstdout = 'out'\n",
                      "p.sh")
                .status == exited(0));
    const RunResult result = test::run({folder.path("p.sh")}, with_tmpdir(folder));
    INFO(to_text(result));
    CHECK(result.status == exited(7));
    CHECK(result.err.find("stage 'first' ended with status 7\n") != std::string::npos);
    CHECK(folder.read("out") == "old");
    CHECK(entry_count(folder.path("tmp")) == 0);
    CHECK(entry_count(folder.path()) == 4);  // out, p.toml, p.sh, tmp
}

TEST_CASE("an exported script follows no link that somebody has put there", "[S4]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("victim", "mine");
    REQUIRE(::symlink("victim", folder.path("out").c_str()) == 0);
    REQUIRE(export_to(folder, "[[stage]]\nrun = ['seq', '2']\nstdout = 'out'\n", "p.sh").status ==
            exited(0));
    // a name with the script's own number would be known beforehand: exec keeps the number
    const RunResult result =
        test::run({"sh", "-c", "ln -s victim out.$$; exec ./p.sh"}, with_tmpdir(folder));
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(folder.read("victim") == "mine");
    CHECK(folder.read("out") == "1\n2\n");
    struct stat status {};
    CHECK((::lstat(folder.path("out").c_str(), &status) == 0 && S_ISREG(status.st_mode)));
    CHECK(entry_count(folder.path()) == 6);  // victim, out, the planted link, p.toml, p.sh, tmp
    CHECK(entry_count(folder.path("tmp")) == 0);
}

TEST_CASE("an exported script asks for its secrets", "[S15]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    folder.write("p.toml",
                 "[params]\nkey = { secret = true, required = true }\n"
                 "[[stage]]\nstdin = { null = true }\nshell = 'echo \"<$key>\"'\n");
    RunOptions options = with_tmpdir(folder);
    options.own_session = true;  // no terminal
    const RunResult exported = test::run(
        {PIPECTL_BINARY, "export", "p.toml", "--set", "key=hunter2hunter2", "--output", "p.sh"},
        options);
    INFO(to_text(exported));
    REQUIRE(exported.status == exited(0));
    CHECK(folder.read("p.sh").find("hunter2") == std::string::npos);
    options.stdin_text = "open sesame\n";
    CHECK(test::run({folder.path("p.sh")}, options).out == "<open sesame>\n");
    options.environment.emplace_back("key=from here");
    CHECK(test::run({folder.path("p.sh")}, options).out == "<from here>\n");
    options.environment.pop_back();
    options.stdin_text = "";
    const RunResult none = test::run({folder.path("p.sh")}, options);
    CHECK(none.status == exited(125));
    CHECK(none.err.find("'key' must be set") != std::string::npos);
}

TEST_CASE("an exported graph that is interrupted leaves no file and no process") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    REQUIRE(export_to(folder, kTwoReaders, "p.sh").status == exited(0));
    for (const int signal : {SIGINT, SIGTERM}) {
        Child script({folder.path("p.sh")}, with_tmpdir(folder));
        REQUIRE(wait_until([&] { return folder.has("started"); }));
        script.signal_group(signal);
        const RunResult result = script.finish();
        INFO(to_text(result));
        CHECK(result.status == exited(128 + signal));
        CHECK(entry_count(folder.path("tmp")) == 0);
        CHECK_FALSE(folder.has("count.txt"));
        CHECK(entry_count(folder.path()) == 4);  // started, p.toml, p.sh, tmp
        REQUIRE(std::remove(folder.path("started").c_str()) == 0);
    }
}

TEST_CASE("an exported script that was changed is refused and with wrap it runs as it is now") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    REQUIRE(
        export_to(folder, "[[stage]]\nrun = ['seq', '3']\n[[stage]]\nrun = ['wc', '-l']\n", "p.sh")
            .status == exited(0));
    std::string script = folder.read("p.sh");
    const std::size_t at = script.find("seq 3");
    REQUIRE(at != std::string::npos);
    script.replace(at, 5, "seq 7");
    folder.write("p.sh", script);
    RunOptions options = with_tmpdir(folder);

    const RunResult refused = test::run({PIPECTL_BINARY, "import", "--script", "p.sh"}, options);
    INFO(to_text(refused));
    CHECK(refused.status == exited(1));
    CHECK(refused.out.empty());
    CHECK(refused.err.find("has been changed since") != std::string::npos);
    CHECK(refused.err.find("--wrap") != std::string::npos);

    const RunResult wrapped =
        test::run({PIPECTL_BINARY, "import", "--wrap", "--script", "p.sh"}, options);
    INFO(to_text(wrapped));
    REQUIRE(wrapped.status == exited(0));
    folder.write("again.toml", wrapped.out);
    const RunResult result = test::run({PIPECTL_BINARY, "run", "again.toml"}, options);
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(result.out == "7\n");
    CHECK(entry_count(folder.path("tmp")) == 0);
}
