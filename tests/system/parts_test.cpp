// Definitions as stages of another one.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

class WithParts {
  public:
    WithParts() {
        std::filesystem::create_directory(std::filesystem::path(folder.path()) / "lib");
        (void)folder.write("lib/clean.toml", R"([params]
from = { default = "a" }
token = { secret = true, default = "hunter2hunter2" }
[ports]
stdin = "tr"
stdout = "tr"
rest = "note"
[[stage]]
name = "tr"
run = ["tr", "${from}", "x"]
[[stage]]
name = "note"
shell = "wc -c; echo $from $outer"
[[test]]
name = "ignored"
)");
        (void)folder.write("p.toml", R"([params]
outer = "n"
[[stage]]
run = ["printf", "banana\n"]
[[stage]]
name = "clean"
use = "lib/clean.toml"
set = { from = "${outer}" }
[[stage]]
run = ["cat"]
[[stage]]
name = "rest"
shell = "tr -d ' ' >&2"
from = "clean.rest"
stdout = { null = true }
)");
        options.cwd = folder.path();
    }

    RunResult says(std::vector<std::string> words) const { return pipectl_says(words, options); }

    TemporaryFolder folder;
    RunOptions options;
};

}  // namespace

TEST_CASE("a definition runs as a stage of another one", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    const RunResult ran = given.says({"run", "p.toml", "--json=run.json", "--joblog", "jobs"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK(ran.out == "baxaxa\n");
    CHECK(ran.err == "7\nn\n");
    CHECK_THAT(given.folder.read("run.json"), ContainsSubstring("\"clean/note\""));
    CHECK_THAT(given.folder.read("jobs"), ContainsSubstring("\ttr n x\n"));
    CHECK_THAT(given.says({"graph", "p.toml"}).out, ContainsSubstring("clean/tr"));
    const RunResult other = given.says({"run", "p.toml", "--via", "clean/note=unix", "-q"});
    CHECK(other.out == "baxaxa\n");
    CHECK_THAT(given.says({"plan", "p.toml", "--via", "clean/note=unix"}).out,
               ContainsSubstring("unix to clean/note"));
}

TEST_CASE("a run with parts is recorded, and a stage of a part replayed", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    const RunResult ran = given.says({"run", "p.toml", "--record", "r"});
    INFO(to_text(ran));
    REQUIRE(ran.status == exited(0));
    CHECK(given.folder.read("r").find("hunter2") == std::string::npos);
    (void)given.folder.write("lib/clean.toml", "");  // it is in the recording
    const RunResult one = given.says({"replay", "r", "--stage", "clean/tr"});
    INFO(to_text(one));
    CHECK(one.status == exited(0));
    const RunResult rest = given.says({"replay", "r", "--from", "clean/tr"});
    INFO(to_text(rest));
    CHECK(rest.status == exited(0));
    CHECK(rest.out == "baxaxa\n");
}

TEST_CASE("a definition with parts is exported as one script", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    (void)given.folder.write(
        "lib/clean.toml",
        "[params]\nfrom = { default = 'a' }\n[ports]\nstdin = 'tr'\nstdout = 'tr'\nrest = 'note'\n"
        "[[stage]]\nname = 'tr'\nrun = ['tr', '${from}', 'x']\n"
        "[[stage]]\nname = 'note'\nfrom = 'tr'\nshell = 'wc -c; echo $from $outer'\n");
    const RunResult made = given.says({"export", "p.toml", "--output", "s.sh"});
    INFO(to_text(made));
    REQUIRE(made.status == exited(0));
    const RunResult ran = run({"/bin/sh", "s.sh"}, given.options);
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK(ran.out == "baxaxa\n");
    CHECK_THAT(ran.err, ContainsSubstring("7\nn\n"));
    const RunResult back = given.says({"import", "--script", "s.sh"});
    INFO(to_text(back));
    CHECK_THAT(back.out, ContainsSubstring("name = \"clean-tr\""));
}

TEST_CASE("an error in a part is shown there and where it is used", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    (void)given.folder.write("lib/clean.toml", "[[stage]]\nrun = [\"tr\", \"${frm}\"]\n");
    const RunResult ran = given.says({"run", "p.toml"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(125));
    CHECK_THAT(ran.err, ContainsSubstring("lib/clean.toml:2:15: error: "));
    CHECK_THAT(ran.err, ContainsSubstring("    2 | run = [\"tr\", \"${frm}\"]"));
    CHECK_THAT(ran.err, ContainsSubstring("p.toml:7:7: note: 'lib/clean.toml' is used here"));
    CHECK_THAT(given.says({"check", "--json", "p.toml"}).out,
               ContainsSubstring("\"file\": \"lib/clean.toml\""));
    (void)given.folder.write("q.toml",
                             "[[stage]]\nuse = \"lib/none.toml\"\n[[stage]]\nuse = "
                             "\"lib/clean.toml\"\n");
    const RunResult both = given.says({"check", "q.toml"});
    CHECK_THAT(both.err, ContainsSubstring("lib/none.toml': No such file"));
    CHECK_THAT(both.err, ContainsSubstring("unknown parameter 'frm'"));
    (void)given.folder.write("lib/clean.toml", "[[stage]]\nrun = [\"tr\"\n");
    CHECK_THAT(given.says({"run", "p.toml"}).err, ContainsSubstring("lib/clean.toml:"));
}

TEST_CASE("a definition that is a part of itself is refused", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    (void)given.folder.write("lib/clean.toml", "[[stage]]\nuse = \"../p.toml\"\n");
    const RunResult ran = given.says({"run", "p.toml"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(125));
    CHECK_THAT(ran.err, ContainsSubstring("'p.toml' -> 'lib/clean.toml' -> 'lib/../p.toml'"));
}

TEST_CASE("a program that a part does not find is told by its stage", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    (void)given.folder.write("lib/clean.toml", "[[stage]]\nrun = [\"no-such-program\"]\n");
    (void)given.folder.write("p.toml", "[[stage]]\nuse = \"lib/clean.toml\"\n");
    const RunResult ran = given.says({"run", "p.toml"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(127));
    CHECK_THAT(ran.err, ContainsSubstring("clean/no-such-program"));
}

TEST_CASE("a stage of a part is called by its whole name", "[parts]") {
    const LeakCheck leaks;
    const WithParts given;
    (void)given.folder.write(
        "lib/clean.toml",
        "[[stage]]\nname = \"self\"\nshell = \"\"\"trap 'echo got; exit 0' USR1\n" PIPECTL_BINARY
        " signal $PIPECTL_RUN/clean/self USR1\n"
        "while :; do sleep 0.1; done\"\"\"\n");
    (void)given.folder.write("p.toml", "[[stage]]\nuse = \"lib/clean.toml\"\n");
    const RunResult ran = given.says({"run", "p.toml", "--timeout", "20s"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK(ran.out == "got\n");
    (void)given.folder.write("t.toml",
                             "[[stage]]\nname = \"clean\"\nuse = \"lib/clean.toml\"\n"
                             "[[test]]\nname = \"mocked\"\n"
                             "mock = { \"clean/self\" = { stdout = \"m\" } }\n"
                             "expect = { stdout = \"m\" }\n");
    CHECK(given.says({"test", "t.toml"}).status == exited(0));
}
