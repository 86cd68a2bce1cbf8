// The files of a run's record: opened before the start, written at the end, or said to be missing.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/files.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const std::vector<std::string> kReports = {"--json", "--html", "--joblog", "--events"};

std::string one_stage() {
    return shell("one", "echo ran >> ran; echo data", {"stdout = 'out'"});
}

}  // namespace

TEST_CASE("a record that cannot be written is said last, and the status is 125", "[report-file]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, one_stage(), {"--json", "/dev/full", "--joblog", "jobs"});
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, EndsWith("cannot write '/dev/full': No space left on device\n"));
    CHECK(folder.read("out") == "data\n");  // the run itself went well
    for (const char* report : {"--html", "--joblog", "--events"}) {
        const RunResult full = run_pipectl(folder, one_stage(), {report, "/dev/full"});
        CAPTURE(report, full);
        CHECK(full.status == exited(125));
        CHECK_THAT(full.err, EndsWith("'/dev/full': No space left on device\n"));
    }
    CHECK_THAT(folder.read("jobs"), ContainsSubstring("echo data"));
    const RunResult failed = run_pipectl(folder, shell("one", "exit 3"), {"--json", "/dev/full"});
    CHECK(failed.status == exited(3));
    CHECK_THAT(failed.err, EndsWith("No space left on device\n"));
}

TEST_CASE("a report that can never be written refuses the run before its start",
          "[report-file][R40]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    std::filesystem::create_directory(folder.path("folder"));
    for (const auto& report : kReports) {
        for (const char* path : {"fifo", "folder", "no/such"}) {
            const RunResult result = run_pipectl(folder, one_stage(), {report, path});
            CAPTURE(report, path, result);
            CHECK(result.status == exited(125));
            CHECK_FALSE(result.timed_out);
        }
    }
    CHECK_FALSE(folder.has("ran"));
    CHECK_FALSE(folder.has("out"));
}

TEST_CASE("a FIFO that is read gets its report", "[report-file]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    const pipectl::Fd reader(
        ::open(folder.path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const RunResult result = run_pipectl(folder, one_stage(), {"--joblog", "fifo"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    char text[4096] = {};
    CHECK(::read(reader.get(), text, sizeof text - 1) > 0);
    CHECK_THAT(std::string(text), ContainsSubstring("echo data"));
}

TEST_CASE("'-' is stdout where the pipeline's data is not", "[report-file]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult record = run_pipectl(folder, one_stage(), {"--json", "-"});
    CAPTURE(record);
    CHECK(record.status == exited(0));
    CHECK_THAT(record.out, StartsWith("{"));
    CHECK_THAT(record.out, ContainsSubstring("\"verdict\""));
    const RunResult events = run_pipectl(folder, one_stage(), {"--events", "-"});
    CHECK(events.status == exited(0));
    CHECK_THAT(events.out, ContainsSubstring("\"one\""));
    CHECK_THAT(run_pipectl(folder, one_stage(), {"--html", "-"}).out,
               StartsWith("<!DOCTYPE html>"));
    CHECK_THAT(run_pipectl(folder, one_stage(), {"--joblog", "-"}).out, StartsWith("Seq\tHost\t"));
    for (const auto& report : kReports) {
        const RunResult refused =
            run_pipectl(folder, shell("one", "echo > ran2; echo data"), {report, "-"});
        CAPTURE(report, refused);
        CHECK(refused.status == exited(125));
        CHECK_THAT(refused.err, ContainsSubstring("'" + report + " -'"));
        CHECK_THAT(refused.err, ContainsSubstring("'one'"));
    }
    CHECK_FALSE(folder.has("ran2"));
    const RunResult both = run_pipectl(folder, one_stage(), {"--json", "-", "--html", "-"});
    CHECK(both.status == exited(125));
    CHECK_FALSE(folder.has("-"));
}

TEST_CASE("'-' is stdout for what compare writes", "[report-file]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("pipeline.toml", stage("one", {"echo", "x"}) + stage("two", {"cat"}));
    const auto compare = [&](const char* report) {
        return pipectl_says({"compare", "pipeline.toml", "--channels", "pipe", "--runs", "1",
                             "--warmup", "0", report, "-"},
                            {.cwd = folder.path()})
            .out;
    };
    CHECK_THAT(compare("--json"), StartsWith("{"));
    CHECK_THAT(compare("--html"), StartsWith("<!DOCTYPE html>"));
    CHECK_THAT(compare("--markdown"), StartsWith("# "));
    CHECK(names_in(folder.path()) == std::vector<std::string>{"pipeline.toml"});
}

TEST_CASE("where no file may grow, each report says so and leaves nothing", "[report-file][R27]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("old", "old\n");
    folder.write("p.toml", stage("one", {"echo", "x"}) + stage("two", {"cat"}));
    const RunOptions options = {.environment = {"PIPECTL_HISTORY=off"},
                                .cwd = folder.path(),
                                .limits = {{RLIMIT_FSIZE, 100}}};
    const auto check_old = [&] {
        CHECK(folder.read("old") == "old\n");
        CHECK(names_in(folder.path()) == std::vector<std::string>{"old", "p.toml"});
    };
    for (const char* report : {"--json", "--html", "--joblog"}) {
        const RunResult result = pipectl_says({"run", "p.toml", report, "old"}, options);
        CAPTURE(report, result);
        CHECK(result.status == exited(125));
        CHECK_THAT(result.err, ContainsSubstring("cannot write 'old': File too large"));
        check_old();
    }
    for (const char* report : {"--json", "--html", "--markdown"}) {
        const RunResult result =
            pipectl_says({"compare", "p.toml", "--channels", "pipe", report, "old"}, options);
        CAPTURE(report, result);
        CHECK(result.status == exited(125));
        check_old();
    }
    const RunResult script = pipectl_says({"export", "p.toml", "--output", "old"}, options);
    CAPTURE(script);
    CHECK(script.status == exited(125));
    check_old();
    const RunResult events = pipectl_says({"run", "p.toml", "--events", "events"}, options);
    CHECK(events.status == exited(125));  // a stream: what came before the limit stays
    CHECK_THAT(events.err, ContainsSubstring("cannot write events to 'events': File too large"));
}

TEST_CASE("a helper past the size limit says so and ends no other way", "[report-file][R27]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, stage("one", {"seq", "100000"}, {"stdout = 'out'"}) + stage("two", {"wc"}), {},
        {.limits = {{RLIMIT_FSIZE, 100000}}});
    CAPTURE(result);
    CHECK(result.status.code != 0);
    CHECK_THAT(result.err, ContainsSubstring("File too large"));
    CHECK_THAT(result.err, !ContainsSubstring("SIGXFSZ"));
    CHECK_FALSE(folder.has("out"));
}
