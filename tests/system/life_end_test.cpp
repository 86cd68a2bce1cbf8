// However a run ends, it leaves nothing: no process, not even one that hid itself, and no object.

#include <signal.h>

#include <filesystem>

#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

std::string read_events(const TemporaryFolder& folder) {
    return folder.has("events") ? folder.read("events") : std::string();
}

bool wait_for_event(const TemporaryFolder& folder, std::string_view name,
                    milliseconds limit = 30s) {
    const std::string wanted = "\"event\":\"" + std::string(name) + "\"";
    return wait_until([&] { return read_events(folder).find(wanted) != std::string::npos; }, limit);
}

}  // namespace

TEST_CASE("a run that ends well ends what its stages left in the background", "[R1][R3]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(folder, six_stages(folder, {"echo", "data"}));
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(survivors(check.marker()).empty());
    CHECK(folder.read("out.txt") == "data\n");
}

TEST_CASE("a run that fails ends what its stages left in the background", "[R1][R3]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string go = folder.path("go");
    Child run = start_pipectl(
        folder, six_stages(folder, {misbehave(), "wait-for-file", go, "3"}, "grace = '2s'"));
    wait_for_six(folder);
    folder.write("go", "");
    const RunResult result = run.finish();
    INFO(to_text(result));
    CHECK(result.status == exited(3));
    CHECK(survivors(check.marker()).empty());
    CHECK_FALSE(folder.has("out.txt"));
}

TEST_CASE("a run whose time is over ends what its stages left in the background", "[R1][R31]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, six_stages(folder, {"sleep", "1000"}, "timeout = '700ms'"));
    INFO(to_text(result));
    CHECK(result.status == exited(124));
    CHECK(survivors(check.marker()).empty());
    CHECK_FALSE(folder.has("out.txt"));
}

TEST_CASE("a signal to pipectl alone or to its group ends all, and pipectl ends by it",
          "[R1][R7]") {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        for (const bool group : {false, true}) {
            const LeakCheck check;
            const TemporaryFolder folder;
            Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
            wait_for_six(folder);
            group ? run.signal_group(number) : run.signal(number);
            const RunResult result = run.finish();
            INFO(to_text(result) << "\nsignal " << number << (group ? " to the group" : " to one"));
            CHECK(result.status == killed_by(number));
            CHECK(survivors(check.marker()).empty());
            CHECK_FALSE(folder.has("out.txt"));
        }
    }
}

TEST_CASE("a stage that ignores every polite signal is gone after the grace period", "[R4]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, pipeline({"grace = '1s'"}) +
                                          stage("deaf", {misbehave(), "ignore-signals", "TERM",
                                                         "INT", "HUP", folder.path("deaf")}) +
                                          stage("reader", {"cat"}));
    wait_for_pid(folder.path("deaf"));
    const double sent = now();
    run.signal(SIGTERM);
    const RunResult result = run.finish();
    INFO(to_text(result));
    CHECK(result.status == killed_by(SIGTERM));
    CHECK(now() - sent >= 1.0);
    CHECK(now() - sent < 6.0);
    CHECK(survivors(check.marker()).empty());
}

TEST_CASE("the second Ctrl-C kills at once, and a third does nothing worse", "[R5]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder,
                              pipeline({"grace = '60s'"}) +
                                  stage("deaf", {misbehave(), "ignore-signals", "TERM", "INT",
                                                 "HUP", folder.path("deaf")}) +
                                  stage("reader", {"cat"}),
                              {"--events", "events"});
    wait_for_pid(folder.path("deaf"));
    run.signal_group(SIGINT);
    REQUIRE(wait_for_event(folder, "cancel-began"));
    CHECK(run.running());
    run.signal_group(SIGINT);
    run.signal_group(SIGINT);
    const RunResult result = run.finish(10s);
    INFO(to_text(result));
    CHECK(result.status == killed_by(SIGINT));
    CHECK(survivors(check.marker()).empty());
}

TEST_CASE("a daemon of a stage with detach outlives the run, is reported, and no other does",
          "[R3]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        stage("keeper", {misbehave(), "daemonise", folder.path("kept")}, {"detach = true"}) +
            stage("other", {misbehave(), "daemonise", folder.path("ended")}));
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    const pid_t kept = wait_for_pid(folder.path("kept"));
    CHECK(survivors(check.marker()) == std::vector<pid_t>{kept});
    CHECK(result.err.find(std::to_string(kept)) != std::string::npos);
    CHECK(result.err.find("'keeper'") != std::string::npos);
    ::kill(kept, SIGKILL);
    CHECK(none_left(check));
}

TEST_CASE("a daemon that only says it is of a stage with detach ends with the run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("keeper", {"true"}, {"detach = true"}) +
                                stage("other", {misbehave(), "daemonise", folder.path("ended")},
                                      {"env = { PIPECTL_STAGE = 'keeper', PIPECTL_DETACH = 'x' }",
                                       "stdin = { null = true }"}));
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(survivors(check.marker()).empty());
}

TEST_CASE("a stage with detach that has not ended is ended with the run") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder,
        pipeline({"grace = '1s'"}) +
            stage("keeper", {misbehave(), "ignore-signals", "TERM", "INT", folder.path("deaf")},
                  {"detach = true"}));
    wait_for_pid(folder.path("deaf"));
    run.signal(SIGINT);
    CHECK(run.finish().status == killed_by(SIGINT));
    CHECK(survivors(check.marker()).empty());
}
