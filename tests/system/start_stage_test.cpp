// What a stage starts with: arguments, environment, folder, mask, priority, user, signals, stdin.

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string output_of(const TemporaryFolder& folder, const std::string& definition,
                      const std::vector<std::string>& arguments = {}, RunOptions options = {}) {
    const RunResult result = run_pipectl(folder, definition, arguments, std::move(options));
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    return result.out;
}

}  // namespace

TEST_CASE("parameters arrive as whole arguments, whatever is in them", "[S16]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string odd = "a  b'\"$(touch hacked)`touch hacked`;|&\n-x *";
    const std::string params = "[params]\nx = { default = 'plain' }\n";
    const std::string argv =
        misbehaving("args", {"print-arguments", "${x}", "<${x}>", "$${x}", "$x"});
    CHECK(output_of(folder, params + argv) == "[plain]\n[<plain>]\n[${x}]\n[$x]\n");
    CHECK(output_of(folder, params + argv, {"--set", "x=" + odd}) ==
          "[" + odd + "]\n[<" + odd + ">]\n[${x}]\n[$x]\n");
    // in a shell stage they are variables, never text of the script
    CHECK(output_of(folder, params + shell("args", "printf %s \"$x\""), {"--set", "x=" + odd}) ==
          odd);
    CHECK_FALSE(folder.has("hacked"));
}

TEST_CASE("a parameter that must be set, or is not known, is an error before the start") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = "[params]\nfile = { required = true, help = 'what to read' }\n" +
                                   stage("one", {"echo", "${file}"});
    const RunResult missing = run_pipectl(folder, definition);
    CAPTURE(missing);
    CHECK(missing.status == exited(125));
    CHECK_THAT(missing.err, ContainsSubstring("'file'"));
    CHECK_THAT(missing.err, ContainsSubstring("--set file="));
    const RunResult unknown = run_pipectl(folder, definition, {"--set", "fiel=x"});
    CAPTURE(unknown);
    CHECK(unknown.status == exited(125));
    CHECK_THAT(unknown.err, ContainsSubstring("'fiel'"));
    CHECK_THAT(unknown.err, ContainsSubstring("'file'"));
    CHECK(run_pipectl(folder, definition, {"--set", "file=a=b"}).out == "a=b\n");
    CHECK(run_pipectl(folder, definition, {"--set", "file="}).out == "\n");
}

TEST_CASE("environment: pipectl's own, then the pipeline's, then the stage's") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = "[env]\nA = 'pipeline'\nB = 'pipeline'\n" +
                                   shell("one", "echo $A $B $C ${PIPECTL_RUN:+run}",
                                         {"env = { B = 'stage', HOME_TOO = '${env.HOME}' }"});
    CHECK(output_of(folder, definition, {}, {.environment = {"A=outside", "C=outside"}}) ==
          "pipeline stage outside run\n");
}

TEST_CASE("a program is looked up in the stage's own PATH") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("only-here", "#!/bin/sh\necho found\n");
    CHECK(output_of(folder, stage("one", {"only-here"},
                                  {"env = { PATH = '" + folder.path() + ":/bin:/usr/bin' }"})) ==
          "found\n");
}

TEST_CASE("folder, file mask and priority of a stage") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string text = output_of(
        folder, misbehaving("one", {"print-ids"}, {"cwd = '/'", "umask = '027'", "nice = 5"}));
    CHECK_THAT(text, ContainsSubstring("cwd /\n"));
    CHECK_THAT(text, ContainsSubstring("umask 0027\n"));
    const int here = ::getpriority(PRIO_PROCESS, 0);
    CHECK_THAT(text, ContainsSubstring("nice " + std::to_string(std::min(19, here + 5)) + "\n"));
}

TEST_CASE("relative paths start from the caller's folder, or from the definition's own") {
    const LeakCheck check;
    const TemporaryFolder folder;
    ::mkdir(folder.path("sub").c_str(), 0755);
    folder.write("input", "outer\n");
    folder.write("sub/input", "inner\n");
    const std::string stages = stage("one", {"cat"}, {"stdin = 'input'", "stdout = 'output'"});
    folder.write("sub/a.toml", stages);
    folder.write("sub/b.toml", pipeline({"cwd = '.'"}) + stages);
    CHECK(run({PIPECTL_BINARY, "run", "sub/a.toml"}, {.cwd = folder.path()}).status == exited(0));
    CHECK(folder.read("output") == "outer\n");
    CHECK(run({PIPECTL_BINARY, "run", "sub/b.toml"}, {.cwd = folder.path()}).status == exited(0));
    CHECK(folder.read("sub/output") == "inner\n");
}

TEST_CASE("another user for one stage alone") {
    const LeakCheck check;
    const TemporaryFolder folder;
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs root");
        return;
    }
    const std::string text = output_of(
        folder, shell("one", "id -u; id -g", {"user = 'nobody'"}) + shell("two", "cat; id -u"));
    CHECK(text == "65534\n65534\n0\n");
}

TEST_CASE("signals start as the definition says, whatever the caller's were") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto mask = [](int number) { return 1ULL << (number - 1); };
    const auto line = [](const char* name, unsigned long long bits) {
        char text[40];
        std::snprintf(text, sizeof text, "%s\t%016llx\n", name, bits);
        return std::string(text);
    };
    const std::string text = output_of(
        folder,
        misbehaving("one", {"print-signals"},
                    {"signals = { ignore = ['SIGHUP', 'SIGUSR1'], default = ['SIGINT'] }"}),
        {}, {.ignored_signals = {SIGPIPE, SIGINT}, .blocked_signals = {SIGTERM, SIGUSR2}});
    CHECK_THAT(text, ContainsSubstring(line("SigBlk:", 0)));
    CHECK_THAT(text, ContainsSubstring(line("SigIgn:", mask(SIGHUP) | mask(SIGUSR1))));
    CHECK_THAT(text, ContainsSubstring(line("SigCgt:", 0)));
}

TEST_CASE("the signal that cancels a stage is the stage's to choose") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        misbehaving("one", {"announce", "pid", "1000"}, {"signals = { cancel = 'SIGINT' }"}) +
            misbehaving("two", {"wait-for-file", "pid", "3"}),
        {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK(Record(folder.read("record.json")).member("one", "signal") == "\"SIGINT\"");
}

TEST_CASE("stdin is a file, a text, nothing, or pipectl's own") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("in", "from a file\n");
    const auto cat = [](const std::vector<std::string>& more) {
        return stage("one", {"cat"}, more);
    };
    const RunOptions outside{.stdin_text = "from outside\n"};
    CHECK(output_of(folder, cat({}), {}, outside) == "from outside\n");
    CHECK(output_of(folder, cat({"stdin = { inherit = true }"}), {}, outside) == "from outside\n");
    CHECK(output_of(folder, cat({"stdin = 'in'"}), {}, outside) == "from a file\n");
    CHECK(output_of(folder, cat({"stdin = { null = true }"}), {}, outside).empty());
    CHECK(output_of(folder, cat({"stdin = { text = 'a text' }"}), {}, outside) == "a text");
    // a later stage may read pipectl's own stdin as well, when the first does not
    CHECK(
        output_of(folder,
                  shell("first", "true", {"stdin = { null = true }", "stdout = { null = true }"}) +
                      cat({"stdin = { inherit = true }"}),
                  {}, outside) == "from outside\n");
}

TEST_CASE("stdout and stderr go to nothing where the definition says so") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("one", "echo out; echo err >&2",
                                  {"stdout = { null = true }", "stderr = { null = true }"}));
    CHECK(result.status == exited(0));
    CHECK(result.out.empty());
    CHECK(result.err.empty());
}

TEST_CASE("pipectl started without a stdout or stdin is no worse than any filter") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml",
                 shell("one", "seq 3") + stage("two", {"cat"}, {"stdout = 'out'"}));
    for (const char* closed : {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"}) {
        CAPTURE(closed);
        const RunResult result =
            run({"/bin/sh", "-c", std::string("exec \"$0\" run pipeline.toml ") + closed,
                 PIPECTL_BINARY},
                {.cwd = folder.path()});
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(folder.read("out") == "1\n2\n3\n");
    }
}
