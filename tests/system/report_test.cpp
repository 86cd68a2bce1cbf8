// The record of a run, shown again: pipectl report, and the pages of run and report.

#include <string>
#include <vector>

#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/text.hpp"

using namespace pipectl;
using namespace pipectl::test;

TEST_CASE("report tells of a failed run what the run told, and shows the table") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write(
        "p.toml", "[[stage]]\nname = 'bad'\nshell = 'exit 7'\n[[stage]]\nrun = ['cat']\n");
    const RunResult ran =
        pipectl_says({"run", file, "--json", folder.path("p.json"), "--color", "never"});
    CHECK(ran.status == exited(7));
    const RunResult told = pipectl_says({"report", folder.path("p.json")});
    INFO(to_text(told));
    CHECK(told.status == exited(0));
    CHECK(told.err.empty());
    CHECK(told.out.rfind(ran.err, 0) == 0);
    CHECK(has(told.out, "\nthe run "));
}

TEST_CASE("the page of a run is the page of its record") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file =
        folder.write("p.toml", "[[stage]]\nrun = ['seq', '9']\n[[stage]]\nrun = ['tac']\n");
    const RunResult ran = pipectl_says(
        {"run", file, "--json", folder.path("p.json"), "--html", folder.path("p.html")});
    INFO(to_text(ran));
    CHECK(ran.status == exited(0));
    CHECK(ran.out == "9\n8\n7\n6\n5\n4\n3\n2\n1\n");
    const RunResult page = pipectl_says({"report", folder.path("p.json"), "--html", "-"});
    CHECK(page.status == exited(0));
    CHECK(page.out == folder.read("p.html"));
    CHECK(has(page.out, "Succeeded in"));
}

TEST_CASE("a run that was refused has a page, and a page that cannot be written is told before") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string file = folder.write("p.toml", "[[stage]]\nrun = ['/no/such/program']\n");
    CHECK(pipectl_says({"run", file, "--html", folder.path("p.html")}).status == exited(127));
    CHECK(has(folder.read("p.html"), "nothing was started"));
    const std::string good = folder.write("good.toml", "[[stage]]\nrun = ['touch', 'made']\n");
    const RunResult ran = pipectl_says({"run", good, "--html", folder.path("no/folder.html")});
    CHECK(ran.status == exited(125));
    CHECK(has(ran.err, "cannot write '"));
}

TEST_CASE("report refuses what is no record and says why") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string text = folder.write("text", "not \x1b[31mJSON");
    const RunResult refused = pipectl_says({"report", text});
    CHECK(refused.status == exited(125));
    CHECK(refused.out.empty());
    CHECK(has(refused.err, "'" + text + "' is not a run's record: it is not JSON: line 1"));
    CHECK(!has(refused.err, "\x1b"));
    CHECK(pipectl_says({"report", folder.path("none")}).status == exited(125));
    CHECK(pipectl_says({"report"}).status == exited(125));
    RunOptions options;
    options.stdin_text = "{\"schema\": 99}";
    const RunResult newer = pipectl_says({"report", "-"}, options);
    CHECK(newer.status == exited(125));
    CHECK(has(newer.err, "this pipectl reads schema 1"));
}
