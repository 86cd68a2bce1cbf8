// A run that is refused before its start has a record and events like any other.

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Runs it with a record and events, and looks at what all refused runs have in common.
Record refused(const TemporaryFolder& folder, const std::string& definition, int status) {
    folder.write("record", "old");
    const RunResult result =
        run_pipectl(folder, definition, {"--json", "record", "--events", "events"});
    CAPTURE(result);
    CHECK(result.status == exited(status));
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsSubstring("pipeline.toml:"));
    CHECK_THAT(result.err, !ContainsSubstring("not started"));  // told once, with its place
    CHECK_FALSE(folder.has("started"));

    Record record(folder.read("record"));
    INFO(record.text());
    CHECK(record.verdict() == "failed");
    CHECK_THAT(record.text(), ContainsSubstring("\"exit\": " + std::to_string(status) + ","));
    CHECK(record.verdict("first") == "not started");
    CHECK(record.verdict("second") == "not started");
    CHECK(record.member("first", "pid") == "null");

    const std::string events = folder.read("events");
    INFO(events);
    CHECK_THAT(events, ContainsSubstring("\"event\":\"run-started\""));
    CHECK_THAT(events, !ContainsSubstring("\"event\":\"process-started\""));
    const std::string end =
        "\"event\":\"run-ended\",\"verdict\":\"failed\",\"exit\":" + std::to_string(status) + ",";
    CHECK_THAT(events, ContainsSubstring(end));
    CHECK(events.ends_with("}\n"));
    return record;
}

std::string two(const std::vector<std::string>& more) {
    return shell("first", "echo > started", more) + stage("second", {"cat"});
}

}  // namespace

TEST_CASE("a run with a missing program is recorded as refused with 127", "[R23]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Record record = refused(
        folder, shell("first", "echo > started") + stage("second", {"no-such-program"}), 127);
    CHECK_THAT(record.text(),
               ContainsSubstring("\"message\": \"stage 'second': program 'no-such-program'"));
    CHECK_THAT(record.member("second", "start_error"),
               ContainsSubstring("program 'no-such-program' not found"));
    CHECK(record.member("first", "start_error").empty());
}

TEST_CASE("a run with a program that cannot be executed is recorded as refused with 126") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("text", "no program");
    const Record record =
        refused(folder, shell("first", "echo > started") + stage("second", {"./text"}), 126);
    CHECK_THAT(record.member("second", "start_error"), ContainsSubstring("cannot execute"));
}

TEST_CASE("a run with a missing file, folder or user is recorded as refused with 125") {
    const LeakCheck check;
    const std::pair<std::string, std::string> cases[] = {
        {"stdin = 'missing'", "'missing'"},
        {"cwd = 'nowhere'", "cannot use folder"},
        {"user = 'no-such-user'", "there is no user 'no-such-user'"},
        {"stderr = 'no/folder/log'", "no/folder"},
    };
    for (const auto& [line, message] : cases) {
        CAPTURE(line);
        const TemporaryFolder folder;
        const Record record = refused(folder, two({line}), 125);
        CHECK_THAT(record.text(), ContainsSubstring(message));
    }
}

TEST_CASE("the record of a refused run names all reasons") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Record record = refused(folder,
                                  shell("first", "echo > started", {"stdin = 'missing'"}) +
                                      stage("second", {"no-such-program"}),
                                  127);
    CHECK_THAT(record.text(), ContainsSubstring("no-such-program") && ContainsSubstring("missing"));
}

TEST_CASE("a refusal keeps its status when its record cannot be written") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder, stage("only", {"no-such-program"}),
                                         {"--json", "no/such/folder/record"});
    CAPTURE(result);
    CHECK(result.status == exited(127));
    CHECK_THAT(result.err, ContainsSubstring("no-such-program") &&
                               ContainsSubstring("cannot write 'no/such/folder/record'"));
}
