// [for-each]: the pipeline once for each item, as one run to whoever started it.

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string each(const std::string& values, const std::string& rest = "") {
    return "[for-each]\n" + rest + "each = { file = " + values + " }\n";
}

/// Counts what it was told, in a file of its own, and goes on until it is told.
const std::string kWaiting =
    "[[stage]]\nshell = 'trap \"echo INT >> $file; exit 9\" INT; trap \"echo TERM >> $file; exit "
    "9\" "
    "TERM; echo up >> $file; while :; do sleep 0.05; done'\n";

bool all_up(const TemporaryFolder& folder, const std::vector<std::string>& files) {
    return wait_until([&] {
        for (const std::string& file : files) {
            if (!std::filesystem::exists(folder.path() + "/" + file)) return false;
            if (folder.read(file).find("up") == std::string::npos) return false;
        }
        return true;
    });
}

}  // namespace

TEST_CASE("the outputs of items come in their order", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    // the first item ends last: it waits for what the others leave
    const std::string stage =
        "[[stage]]\nshell = 'if [ $file = a ]; then until [ -e done-c ]; do sleep 0.02; done; fi; "
        "echo $file; : > done-$file'\n";
    const RunResult kept = run_pipectl(folder, each("['a', 'b', 'c']", "jobs = 3\n") + stage);
    INFO(to_text(kept));
    CHECK(kept.status == exited(0));
    CHECK(kept.out == "a\nb\nc\n");
    CHECK(kept.err.empty());
    // the first one waits until the last one's output is out
    (void)folder.write(
        "any.toml", each("['a', 'b', 'c']", "jobs = 3\norder = 'any'\n") +
                        "[[stage]]\nshell = 'if [ $file = a ]; then until grep -q c out; do sleep "
                        "0.02; done; fi; echo $file'\n");
    RunOptions options;
    options.cwd = folder.path();
    CHECK(run({"/bin/sh", "-c", std::string(PIPECTL_BINARY) + " run any.toml > out"}, options)
              .status == exited(0));
    CHECK(folder.read("out").ends_with("a\n"));
}

TEST_CASE("items are made of files, lines and lists, and named in parts", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() + "/in");
    (void)folder.write("in/b.log", "B\n");
    (void)folder.write("in/a.x.log", "A\n");
    (void)folder.write("names", "one\n\ntwo words\n");
    const RunResult ran = run_pipectl(
        folder,
        "[for-each]\neach = { file = { glob = 'in/*.log' }, n = { lines = 'names' } }\n"
        "[[stage]]\nrun = ['cat', '${file}']\n[[stage]]\nshell = 'read -r x; echo $x ${file.stem} "
        "${file.name} \"$n\"'\n");
    INFO(to_text(ran));
    CHECK(ran.out ==
          "A a.x a.x.log one\nA a.x a.x.log two words\nB b b.log one\nB b b.log two words\n");
    const RunResult one = run_pipectl(
        folder, each("['a', 'b']") + "[[stage]]\nrun = ['echo', '${file}']\n", {"--set", "file=c"});
    CHECK(one.out == "c\n");
}

TEST_CASE("nothing that matches is nothing to do", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran = run_pipectl(
        folder, each("{ glob = 'no/*.log' }") + "[[stage]]\nrun = ['cat', '${file}']\n");
    CHECK(ran.status == exited(0));
    CHECK_THAT(ran.err, ContainsSubstring("nothing to do: file: the pattern 'no/*.log'"));
}

TEST_CASE("each item replaces its file when it has succeeded", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string stages =
        "[[stage]]\nshell = 'echo new; test $file != b || exit 3'\nstdout = 'out-${file}'\n";
    for (const char* name : {"out-a", "out-b", "out-c"}) {
        (void)folder.write(name, "old\n");
    }
    const RunResult ran = run_pipectl(
        folder, each("['a', 'b', 'c']", "halt = 'never'\njobs = 1\n") + stages, {"--summary"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(3));
    CHECK(folder.read("out-a") == "new\n");
    CHECK(folder.read("out-b") == "old\n");
    CHECK(folder.read("out-c") == "new\n");
    CHECK_THAT(ran.err, ContainsSubstring("3 items, 2 ok, 1 failed"));
    CHECK_THAT(ran.err, ContainsSubstring("'pipeline[file=b]' failed"));
    (void)folder.write("out-c", "old\n");
    const RunResult soon = run_pipectl(folder, each("['a', 'b', 'c']", "jobs = 1\n") + stages);
    CHECK(soon.status == exited(3));
    CHECK(folder.read("out-c") == "old\n");
    CHECK_THAT(soon.err, ContainsSubstring("1 ok, 1 failed, 1 not started"));
}

TEST_CASE("an item that cannot start is a failure of its own", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write("b", "B\n");
    const RunResult ran = run_pipectl(folder, each("['a', 'b']", "halt = 'never'\n") +
                                                  "[[stage]]\nrun = ['cat']\nstdin = '${file}'\n");
    INFO(to_text(ran));
    CHECK(ran.status == exited(125));
    CHECK(ran.out == "B\n");
    CHECK_THAT(ran.err, ContainsSubstring("cannot read 'a'"));
    CHECK_THAT(ran.err, ContainsSubstring("2 items, 1 ok, 1 failed"));
}

TEST_CASE("a failure ends the others when it is to", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran = run_pipectl(
        folder,
        each("['a', 'b', 'c']", "halt = 'now'\njobs = 2\n") +
            "[[stage]]\nshell = 'if [ $file = a ]; then : > up; exec sleep 60; fi; until [ -e up "
            "]; do sleep 0.02; done; exit 4'\n");
    INFO(to_text(ran));
    CHECK(ran.status == exited(4));
    CHECK_THAT(ran.err, ContainsSubstring("1 failed, 1 cancelled, 1 not started"));
}

TEST_CASE("there is one record, with all items, and one log of jobs", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran =
        run_pipectl(folder,
                    "[params]\ntoken = { secret = true, default = 'hunter2hunter2' }\n" +
                        each("['a', 'b']", "halt = 'never'\n") +
                        "[[stage]]\nname = 's'\nrun = ['sh', '-c', 'echo $1 $0 >&2; test $0 = a', "
                        "'${file}', '${token}']\n",
                    {"--json", "r.json", "--joblog", "jobs"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(1));
    const std::string record = folder.read("r.json");
    CHECK_THAT(record, ContainsSubstring(R"("values": {"file": "a"}, "verdict": "ok", "exit": 0)"));
    CHECK_THAT(record,
               ContainsSubstring(R"("values": {"file": "b"}, "verdict": "failed", "exit": 1)"));
    CHECK_THAT(record, ContainsSubstring(R"("failed": "s")"));
    CHECK(record.find("hunter2") == std::string::npos);
    const std::string jobs = folder.read("jobs");
    CHECK_THAT(jobs, ContainsSubstring("\t1\t0\tpipectl run pipeline.toml --set file=b\n"));
}

TEST_CASE("there is one page, one stream of events and one trace of all items", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult ran =
        run_pipectl(folder,
                    each("['a', 'b']", "halt = 'never'\n") +
                        "[[stage]]\nname = 's'\nshell = 'echo $file-said >&2; test $file = a'\n",
                    {"--html", "x.html", "--events", "events", "--trace", "t.json"});
    INFO(to_text(ran));
    CHECK(ran.status == exited(1));
    const std::string page = folder.read("x.html");
    CHECK_THAT(page, ContainsSubstring("<a href=\"#item-1\">file=b</a>"));
    CHECK_THAT(page, ContainsSubstring("id=\"item-1\""));
    CHECK(page.find("id=\"item-1\"") < page.find("id=\"item-0\""));  // the failure first
    const std::string events = folder.read("events");
    CAPTURE(events);
    for (const char* part : {R"({"item":0,"t":)", R"("event":"item-started")",
                             R"("values":{"file":"b"})", R"({"item":1,"t":)",
                             R"("event":"run-ended")", R"("event":"item-ended","verdict":"failed")",
                             R"("event":"items-ended","verdict":"failed","exit":1)"}) {
        CHECK_THAT(events, ContainsSubstring(part));
    }
    std::size_t lines = 0;
    std::istringstream text(events);
    for (std::string line; std::getline(text, line); ++lines) {
        CHECK(line.starts_with('{'));
        CHECK(line.ends_with('}'));
    }
    CHECK(lines > 10);
    const std::string trace = folder.read("t.json");
    CHECK_THAT(trace, ContainsSubstring(R"("name": "pipeline[file=a]")"));
    CHECK_THAT(trace, ContainsSubstring(R"("name": "pipeline[file=b]")"));
    CHECK_THAT(trace, ContainsSubstring(R"("pid": 2)"));
}

TEST_CASE("a recording is of a single item", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string definition = each("['a', 'b']") +
                                   "[[stage]]\nname = 's'\nrun = ['echo', '${file}']\n"
                                   "[[stage]]\nname = 'n'\nrun = ['cat', '-n']\n";
    const RunResult refused = run_pipectl(folder, definition, {"--record", "r"});
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("once for each of 2 items") ||
                                ContainsSubstring("one for each of 2 items"));
    CHECK_THAT(refused.err, ContainsSubstring("--set file=VALUE"));
    const RunResult one = run_pipectl(folder, definition, {"--record", "r", "--set", "file=b"});
    INFO(to_text(one));
    REQUIRE(one.status == exited(0));
    RunOptions options;
    options.cwd = folder.path();
    const RunResult played = pipectl_says({"replay", "r", "--stage", "n"}, options);
    INFO(to_text(played));
    CHECK(played.status == exited(0));
}

TEST_CASE("all items are one row of ps, with their runs below it", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child child = start_pipectl(folder, each("['a', 'b', 'c']", "jobs = 2\n") + kWaiting);
    REQUIRE(all_up(folder, {"a", "b"}));
    std::string listed;
    REQUIRE(wait_until([&] {
        listed = pipectl_says({"ps"}).out;
        return listed.find("  pipeline[file=b]") != std::string::npos &&
               listed.find("  pipeline[file=a]") != std::string::npos;
    }));
    CAPTURE(listed);
    CHECK_THAT(listed, ContainsSubstring("0 of 3 items, 2 running"));
    CHECK(listed.find("0 of 3 items") < listed.find("  pipeline["));
    CHECK_THAT(pipectl_says({"ps", "--json"}).out, ContainsSubstring("\"part_of\""));
    CHECK_THAT(pipectl_says({"top"}).out, ContainsSubstring("0 of 3 items, 2 running"));
    const RunResult stopped = pipectl_says({"stop", "pipeline"});
    INFO(to_text(stopped));
    CHECK(stopped.status == exited(0));
    const RunResult ended = child.finish();
    INFO(to_text(ended));
    CHECK(ended.status == killed_by(SIGTERM));
    CHECK(folder.read("a") == "up\nTERM\n");
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/c"));
}

TEST_CASE("a block on the terminal tells how many items are done", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write(
        "pipeline.toml",
        each("['a', 'b']", "jobs = 2\nhalt = 'never'\n") +
            "[[stage]]\nshell = 'if [ $file = b ]; then exit 3; fi; until [ -e enough ]; do sleep "
            "0.02; done'\nstdout = { null = true }\nstderr = { null = true }\n");
    Pty pty;
    RunOptions options;
    options.environment = {"TERM=xterm"};
    options.cwd = folder.path();
    Child run = pty.start({PIPECTL_BINARY, "run", "pipeline.toml"}, options);
    CHECK(pty.wait_for("1 of 2 items, 1 failed, 1 running"));
    CHECK(pty.wait_for("  file=a  for "));
    (void)folder.write("enough", "");
    CHECK(run.wait() == exited(3));
    CHECK(pty.wait_for("2 items, 1 ok, 1 failed"));
}

TEST_CASE("the items' timeout is of each, their lock of all", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult late = run_pipectl(
        folder, pipeline({"timeout = '400ms'"}) + each("['a', 'b', 'c']", "jobs = 1\n") +
                    "[[stage]]\nshell = 'if [ $file = c ]; then exec sleep 60; fi; sleep 0.25'\n");
    INFO(to_text(late));
    CHECK(late.status == exited(124));  // of the third; all three together took longer
    CHECK_THAT(late.err, ContainsSubstring("2 ok, 1 failed"));
    const std::string locked = pipeline({"lock = 'l'"}) + each("['a', 'b']", "jobs = 2\n");
    const RunResult both =
        run_pipectl(folder, locked +
                                "[[stage]]\nshell = ': > at-$file; until [ -e at-a ] && [ -e at-b "
                                "]; do sleep 0.02; done'\n");
    CHECK(both.status == exited(0));
    Child holder = start_pipectl(folder, locked + kWaiting);
    REQUIRE(all_up(folder, {"a", "b"}));
    (void)folder.write("other.toml", locked + "[[stage]]\nrun = ['true']\n");
    RunOptions options;
    options.cwd = folder.path();
    const RunResult refused = pipectl_says({"run", "other.toml"}, options);
    CHECK(refused.status == exited(125));
    holder.signal(SIGTERM);
    (void)holder.finish();
}

TEST_CASE("a signal reaches each item once, from wherever it comes", "[for-each][R1]") {
    const LeakCheck leaks;
    for (const bool group : {false, true}) {
        for (const int signal : {SIGINT, SIGTERM}) {
            const TemporaryFolder folder;
            Child child =
                start_pipectl(folder, each("['a', 'b', 'c', 'd']", "jobs = 3\n") + kWaiting);
            REQUIRE(all_up(folder, {"a", "b", "c"}));
            group ? child.signal_group(signal) : child.signal(signal);
            const RunResult result = child.finish();
            INFO(to_text(result));
            CHECK(result.status == killed_by(signal));
            for (const char* file : {"a", "b", "c"}) {
                CHECK(folder.read(file) == (signal == SIGINT ? "up\nINT\n" : "up\nTERM\n"));
            }
            CHECK_FALSE(std::filesystem::exists(folder.path() + "/d"));
            CHECK_THAT(result.err, ContainsSubstring("3 cancelled, 1 not started"));
        }
    }
}

TEST_CASE("nothing is left when pipectl is killed amid items", "[for-each][R2]") {
    const LeakCheck leaks;  // waits for what goes
    const TemporaryFolder folder;
    Child child = start_pipectl(folder, each("['a', 'b', 'c', 'd']", "jobs = 3\n") + kWaiting);
    REQUIRE(all_up(folder, {"a", "b", "c"}));
    child.signal(SIGKILL);
    CHECK(child.finish().status == killed_by(SIGKILL));
}

TEST_CASE("a reader that has enough ends the items", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write("p.toml",
                       "[for-each]\njobs = 2\neach = { file = { lines = 'names' } }\n"
                       "[[stage]]\nrun = ['echo', '${file}']\n");
    std::string names;
    for (int i = 0; i < 1000; ++i) {
        names += std::to_string(i) + "\n";
    }
    (void)folder.write("names", names);
    RunOptions options;
    options.cwd = folder.path();
    const RunResult ran = run(
        {"/bin/sh", "-c", std::string(PIPECTL_BINARY) + " run p.toml --json r.json | head -n 1"},
        options);
    CHECK(ran.out == "0\n");
    CHECK_THAT(folder.read("r.json"), ContainsSubstring("whoever read stdout had enough"));
    CHECK_THAT(folder.read("r.json"), ContainsSubstring("\"verdict\": null"));
}

TEST_CASE("what looks at a definition says which item it shows", "[for-each]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write(
        "p.toml",
        each("['a', 'b']") + "[[stage]]\nrun = ['echo', '${file}']\n[[stage]]\nrun = ['cat']\n");
    RunOptions options;
    options.cwd = folder.path();
    const RunResult plan = pipectl_says({"plan", "p.toml"}, options);
    CHECK_THAT(plan.out, ContainsSubstring("$ echo a\n"));
    CHECK_THAT(plan.err, ContainsSubstring("once for each of 2 items; this is the first, file=a"));
    const RunResult exported = pipectl_says({"export", "p.toml"}, options);
    CHECK(exported.status == exited(125));
    CHECK_THAT(exported.err, ContainsSubstring("a script runs the pipeline once"));
    const RunResult compared =
        pipectl_says({"compare", "p.toml", "--channels", "pipe", "--runs", "3", "--yes"}, options);
    INFO(to_text(compared));
    CHECK(compared.status == exited(0));
    CHECK_THAT(compared.err, ContainsSubstring("this is the first, file=a"));
    CHECK_THAT(pipectl_says({"check", "p.toml"}, options).out,
               ContainsSubstring("(2 stages, 2 items)"));
    CHECK_THAT(pipectl_says({"run", "p.toml", "--help"}, options).out,
               ContainsSubstring("--file VALUE"));
}
