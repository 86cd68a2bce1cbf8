// Parameters as a user gives them: options behind the file, lists, files of variables, help.

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

const std::string kDefinition = R"(#!/usr/bin/env -S pipectl run
[pipeline]
description = "Prints what it is given"
env-file = "my.env"
[params]
files = { help = "what to read", default = { glob = "in/*.log" } }
minimum = { default = 5, min = 0, help = "how few" }
verbose = false
timeout = { default = "none", help = "not the run's" }
token = { secret = true, default = "hunter2hunter2" }
[[stage]]
run = ["printf", "%s,", "${files...}", "${minimum}", "${verbose}", "${timeout}", "${env.FROM}"]
)";

class Given {
  public:
    Given() {
        (void)folder.write("p.toml", kDefinition);
        (void)folder.write("my.env", "FROM='the file'\n");
        std::filesystem::create_directory(std::filesystem::path(folder.path()) / "in");
        (void)folder.write("in/b.log", "");
        (void)folder.write("in/a.log", "");
        options.cwd = folder.path();
    }

    RunResult run(std::vector<std::string> words) const {
        words.insert(words.begin(), {"run", "p.toml"});
        return pipectl_says(words, options);
    }

    TemporaryFolder folder;
    RunOptions options;
};

}  // namespace

TEST_CASE("parameters are options behind the file", "[parameter]") {
    const LeakCheck leaks;
    const Given given;
    CHECK(given.run({}).out == "in/a.log,in/b.log,5,false,none,the file,");
    CHECK(given.run({"--minimum", "7", "--verbose", "--files=x", "--files", "y z"}).out ==
          "x,y z,7,true,none,the file,");
    CHECK(given.run({"--minimum=8", "-q", "--verbose=false"}).out ==
          "in/a.log,in/b.log,8,false,none,the file,");
    const RunResult low = given.run({"--minimum", "-1"});
    CHECK(low.status == exited(125));
    CHECK_THAT(low.err, ContainsSubstring("parameter 'minimum' is at least 0, not '-1'"));
    const RunResult slip = given.run({"--minimun", "1"});
    CHECK(slip.status == exited(125));
    CHECK_THAT(slip.err, ContainsSubstring("did you mean '--minimum'?"));
    CHECK_THAT(given.run({"--files"}).err, ContainsSubstring("'--files' needs a value"));
}

TEST_CASE("an option of pipectl keeps its meaning, and the clash is told", "[parameter]") {
    const LeakCheck leaks;
    const Given given;
    const RunResult ran = given.run({"--timeout", "9s"});
    CHECK(ran.out == "in/a.log,in/b.log,5,false,none,the file,");
    CHECK_THAT(ran.err, ContainsSubstring("--set timeout=VALUE"));
    CHECK_THAT(given.run({"--set", "timeout=soon"}).out, ContainsSubstring(",soon,"));
    CHECK_THAT(pipectl_says({"check", "p.toml"}, given.options).err,
               ContainsSubstring("'--timeout' is an option of `pipectl run` itself"));
}

TEST_CASE("a definition tells what it takes", "[parameter]") {
    const LeakCheck leaks;
    const Given given;
    const RunResult help = given.run({"--help"});
    CHECK(help.status == exited(0));
    for (const char* part :
         {"p: Prints what it is given", "--files LIST", "the files in/*.log", "--minimum INTEGER",
          "how few (integer, at least 0; default: 5)", "--set timeout=STRING", "default: ***"}) {
        CHECK_THAT(help.out, ContainsSubstring(part));
    }
    CHECK(help.out.find("hunter2") == std::string::npos);
}

TEST_CASE("a secret as an option is not shown among the processes", "[parameter]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write(
        "p.toml",
        "[params]\ntoken = { secret = true }\nopen = ''\n[[stage]]\n"
        "run = ['sh', '-c', 'tr \"\\0\" \" \" < /proc/$PPID/cmdline; "
        "for p in $(ps -o ppid= -p $PPID); do tr \"\\0\" \" \" < /proc/$p/cmdline; done']\n");
    RunOptions options;
    options.cwd = folder.path();
    const RunResult ran = pipectl_says(
        {"run", "p.toml", "--token", "hunter2hunter2", "--open", "seen-by-all"}, options);
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK_THAT(ran.out, ContainsSubstring("seen-by-all"));
    CHECK(ran.out.find("hunter2") == std::string::npos);
}

TEST_CASE("a file of variables that is wrong, or missing, is told with its line", "[parameter]") {
    const LeakCheck leaks;
    const Given given;
    (void)given.folder.write("my.env", "A=1\nFROM=$HOME\n");
    const RunResult wrong = given.run({});
    CHECK(wrong.status == exited(125));
    CHECK_THAT(wrong.err, ContainsSubstring("line 2 of 'my.env'"));
    CHECK_THAT(wrong.err, ContainsSubstring("p.toml:4:12"));
    CHECK_THAT(wrong.err, ContainsSubstring("in single quotes it is itself"));
    const TemporaryFolder folder;
    RunOptions options;
    options.cwd = folder.path();
    (void)folder.write("p.toml", kDefinition);
    CHECK_THAT(pipectl_says({"run", "p.toml"}, options).err,
               ContainsSubstring("cannot open 'my.env': No such file or directory"));
}

TEST_CASE("a script reads the file of variables itself, and holds none of its values",
          "[parameter]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.cwd = folder.path();
    (void)folder.write("my.env", "TOKEN='hunter2 hunter2'\n");
    (void)folder.write("p.toml",
                       "[pipeline]\nenv-file = 'my.env'\n[params]\nt = { env = 'TOKEN' }\n"
                       "[[stage]]\nshell = 'echo \"$t,$TOKEN\"'\n");
    const RunResult script = pipectl_says({"export", "p.toml", "--output", "p.sh"}, options);
    INFO(to_text(script));
    REQUIRE(script.status == exited(0));
    CHECK(folder.read("p.sh").find("hunter2") == std::string::npos);
    CHECK(run({"/bin/sh", "p.sh"}, options).out == "hunter2 hunter2,hunter2 hunter2\n");
}
