// The exit status of `pipectl run`, and what counts as a success of a stage.

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {}  // namespace

TEST_CASE("the first failure decides the status of the run", "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto status_of = [&](const std::string& stages) {
        const RunResult result = run_pipectl(folder, stages);
        INFO(to_text(result));
        CHECK(result.out.empty());
        return result.status;
    };
    CHECK(status_of(stage("one", {"true"})) == exited(0));
    CHECK(status_of(stage("one", {"false"})) == exited(1));
    CHECK(status_of(misbehaving("one", {"exit", "255"})) == exited(255));
    CHECK(status_of(misbehaving("one", {"die-by", "SIGKILL"})) == exited(128 + SIGKILL));
    CHECK(status_of(misbehaving("one", {"die-by", "SIGSEGV"})) == exited(128 + SIGSEGV));
    CHECK(status_of(misbehaving("one", {"die-by", "SIGTERM"})) == exited(128 + SIGTERM));
    // nobody reads it, so nobody had enough
    CHECK(status_of(misbehaving("one", {"die-by", "SIGPIPE"})) == exited(128 + SIGPIPE));
    // the second fails only after the first has been seen to fail: it is cancelled instead
    CHECK(status_of(misbehaving("one", {"exit", "3"}) +
                    misbehaving("two", {"announce", "pid", "1000", "4"})) == exited(3));
    CHECK(status_of(misbehaving("one", {"announce", "pid", "1000", "4"}) +
                    misbehaving("two", {"wait-for-file", "pid", "6"})) == exited(6));
}

TEST_CASE("a stage that SIGPIPE ends while its reader reads has failed with 141", "[R24]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, shell("dies", "echo some; kill -PIPE $$") + stage("reader", {"cat"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(141));
    const Record record(folder.read("record.json"));
    CHECK(record.verdict("dies") == "failed");
    CHECK(record.verdict("reader") == "cancelled");
}

TEST_CASE("a stage that SIGPIPE ends because its reader failed is not to blame") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string channel = GENERATE(from_range(channels()));
    CAPTURE(channel);
    const RunResult result =
        run_pipectl(folder,
                    pipeline({"via = '" + channel + "'"}) + stage("yes", {"yes"}) +
                        misbehaving("reader", {"read-then-exit", "100", "9"}),
                    {"--json", "record.json"});
    CAPTURE(result);
    CHECK(result.status == exited(9));
    const Record record(folder.read("record.json"));
    CHECK(record.verdict("reader") == "failed");
    CHECK(record.verdict("yes") == "cancelled");
}

TEST_CASE("what counts as success is the stage's to say") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto status_of = [&](const std::vector<std::string>& arguments, const char* ok) {
        return run_pipectl(folder, misbehaving("one", arguments, {std::string("ok = ") + ok}))
            .status;
    };
    CHECK(status_of({"exit", "1"}, "[0, 1]") == exited(0));
    CHECK(status_of({"exit", "2"}, "[0, 1]") == exited(2));
    CHECK(status_of({"exit", "0"}, "[0, 1]") == exited(0));
    CHECK(status_of({"exit", "77"}, "'any'") == exited(0));
    CHECK(status_of({"die-by", "SIGTERM"}, "'any'") == exited(0));
    CHECK(status_of({"die-by", "SIGTERM"}, "[143]") == exited(143));
    // a run that failed never says 0
    CHECK(status_of({"exit", "0"}, "[3]") == exited(1));
}

TEST_CASE("grep that finds nothing is a success where the definition says so, with a true end") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder, shell("text", "seq 10") +
                                                     stage("grep", {"grep", "x"}, {"ok = [0, 1]"}) +
                                                     stage("count", {"wc", "-l"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "0\n");
}

TEST_CASE("a missing program is 127, one that cannot be executed 126, other resources 125",
          "[R23]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("plain", "no program\n");
    folder.write("bad-interpreter", "#!/nonexistent/interpreter\n");
    struct Case {
        std::string last;
        int status;
        const char* text;
    };
    const Case cases[] = {
        {stage("last", {"no-such-program"}), 127, "no-such-program"},
        {stage("last", {"./no-such-program"}), 127, "./no-such-program"},
        {stage("last", {"./plain"}), 126, "./plain"},
        {stage("last", {"/"}), 126, "'/'"},
        {stage("last", {"./bad-interpreter"}), 126, "/nonexistent/interpreter"},
        {stage("last", {"cat"}, {"stdin = 'missing'"}), 125, "'missing'"},
        {stage("last", {"cat"}, {"stdout = 'no-folder/out'"}), 125, "no-folder"},
        {stage("last", {"cat"}, {"stdout = '/'"}), 125, "'/'"},
        {stage("last", {"cat"}, {"cwd = 'no-folder'"}), 125, "no-folder"},
        {stage("last", {"cat"}, {"user = 'nobody-of-this-name'"}), 125, "nobody-of-this-name"},
    };
    for (const Case& one : cases) {
        const RunResult result =
            run_pipectl(folder, shell("first", "echo > effect; seq 3") + one.last);
        CAPTURE(one.last, result);
        CHECK(result.status == exited(one.status));
        CHECK(result.wall_s < 5);
        CHECK(result.out.empty());
        CHECK_FALSE(folder.has("effect"));
        CHECK_THAT(result.err, ContainsSubstring("pipeline.toml:"));
        CHECK_THAT(result.err, ContainsSubstring(one.text));
    }
}

TEST_CASE("all that is missing is told at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("one", {"no-such-program"}) +
                                stage("two", {"cat"}, {"stdout = 'no-folder/out'"}) +
                                stage("three", {"cat"}, {"stdin = 'missing'"}));
    CAPTURE(result);
    CHECK(result.status == exited(127));
    for (const char* text : {"'no-such-program'", "no-folder", "'missing'"}) {
        CHECK_THAT(result.err, ContainsSubstring(text));
    }
}

TEST_CASE("the story and the record name the line of a stage's command, not of its table") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder,
                                         "[[stage]]\nname = 'early'\nstdin = { null = true }\n"
                                         "run = ['true']\n\n[[stage]]\nname = 'late'\nok = [0]\n"
                                         "env = { A = 'b' }\nshell = 'exit 3'\n",
                                         {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(3));
    CHECK_THAT(result.err, ContainsSubstring("pipeline.toml:10)"));
    const Record record(folder.read("record"));
    CHECK(record.member("early", "line") == "4");
    CHECK(record.member("late", "line") == "10");
}
