// The rules of truth as a table of calls: no process is started.

#include "orchestrator/run/director.hpp"

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace {

using namespace pipectl;

const channel::Kind kTestPipe = {.name = "test-pipe",
                                 .summary = {},
                                 .kernel_object = {},
                                 .ends = channel::Ends::direct,
                                 .keeps_records = false,
                                 .reopenable = true,
                                 .reader_gone = channel::ReaderGone::kernel_tells,
                                 .options = {},
                                 .create = nullptr};

channel::Kind test_socket() {
    channel::Kind kind = kTestPipe;
    kind.reader_gone = channel::ReaderGone::we_tell;
    return kind;
}
const channel::Kind kTestSocket = test_socket();

/// A chain of `stages` processes; the last one writes to pipectl's own stdout.
Plan chain(int stages, const channel::Kind& kind = kTestPipe) {
    Plan plan;
    for (int i = 0; i < stages; ++i) {
        Process process;
        process.name = std::string(1, static_cast<char>('a' + i));
        plan.processes.push_back(process);
        if (i > 0) {
            Link link;
            link.kind = &kind;
            link.writer = i - 1;
            link.reader = i;
            plan.links.push_back(link);
        }
    }
    plan.processes.back().descriptors.push_back({1, Descriptor::What::inherited, 1});
    plan.last_stage = stages - 1;
    return plan;
}

struct Recorder : Effects {
    std::vector<std::pair<int, int>> signals;
    std::set<int> released;
    std::vector<int> watched;
    std::set<int> exiting;
    std::set<int> abandoned;
    std::vector<int> patient;
    bool outside_gone = false;
    int graces = 0;
    int kills = 0;
    std::vector<std::pair<int, Verdict>> verdicts;

    void send_signal(int process, int signal) override {
        if (signal != SIGCONT) {
            signals.emplace_back(process, signal);
        }
    }
    void release_hold(int link) override { released.insert(link); }
    void watch_writer(int link) override { watched.push_back(link); }
    void start_grace() override { ++graces; }
    void kill_everything() override { ++kills; }
    bool is_exiting(int process) override { return exiting.contains(process); }
    bool outside_reader_gone() override { return outside_gone; }
    bool is_abandoned(int link) override { return abandoned.contains(link); }
    void start_patience(int process, int) override { patient.push_back(process); }
    void record(decltype(Event::what) what) override {
        if (const auto* judged = std::get_if<ProcessJudged>(&what)) {
            verdicts.emplace_back(judged->process, judged->verdict);
        }
    }

    [[nodiscard]] Verdict of(int process) const {
        for (const auto& [who, verdict] : verdicts) {
            if (who == process) {
                return verdict;
            }
        }
        FAIL("process " << process << " was not judged");
        return Verdict::not_started;
    }
};

/// A plan that runs under a recorder, all its processes started.
struct Running {
    Plan plan;
    Recorder effects;
    Director director;

    explicit Running(Plan what) : plan(std::move(what)), director(plan, effects) {
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            director.started(static_cast<int>(i));
        }
    }
    void exits(int process, int code) { director.ended({{process, {.code = code}}}); }
    void dies(int process, int signal) { director.ended({{process, {.signal = signal}}}); }
};

using Signals = std::vector<std::pair<int, int>>;

}  // namespace

TEST_CASE("all stages end well: each reader is shown its end when its producer has ended") {
    Running run(chain(3));
    CHECK(run.effects.released.empty());
    run.exits(0, 0);
    CHECK(run.effects.released == std::set<int>{0});
    run.exits(1, 0);
    CHECK(run.effects.released == std::set<int>{0, 1});
    CHECK_FALSE(run.director.all_ended());
    run.exits(2, 0);
    REQUIRE(run.director.all_ended());
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 0);
    CHECK(outcome.verdict == Verdict::ok);
}

TEST_CASE("a producer fails: its reader is cancelled and never shown an end of data") {
    Running run(chain(3));
    run.exits(0, 3);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {2, SIGTERM}});
    CHECK(run.effects.graces == 1);
    run.dies(1, SIGTERM);
    run.dies(2, SIGTERM);
    CHECK(run.effects.released.empty());
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 3);
    CHECK(outcome.process == 0);
}

TEST_CASE("a cancelled stage that ends with 0 is still cancelled, and its reader sees no end") {
    Running run(chain(2));
    run.exits(1, 7);
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.effects.released.empty());
    CHECK(run.director.finish().exit == 7);
}

TEST_CASE("a writer whose reader had enough is cut, up the whole chain") {
    Running run(chain(3));
    run.exits(2, 0);
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a shell that hands on 141 counts as cut too") {
    Running run(chain(2));
    run.exits(1, 0);
    run.exits(0, 141);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("the writer's end is reported before its reader's: the judgement waits") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    CHECK(run.effects.verdicts.empty());
    CHECK_FALSE(run.director.all_ended());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a reader that closed its input and ends soon after had enough") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    CHECK(run.effects.patient == std::vector<int>{0});
    CHECK(run.effects.verdicts.empty());
    run.exits(1, 0);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a reader that closed its input and lives on makes its writer fail with 141") {
    Running run(chain(2));
    run.effects.abandoned = {0};
    run.dies(0, SIGPIPE);
    run.director.patience_over(0);
    CHECK(run.effects.of(0) == Verdict::failed);
    run.dies(1, SIGTERM);
    CHECK(run.director.finish().exit == 141);
}

TEST_CASE("both ends are found together, in either order") {
    Running run(chain(2));
    run.director.ended({{0, {.signal = SIGPIPE}}, {1, {}}});
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.effects.of(1) == Verdict::ok);
}

TEST_CASE("a stage that dies of SIGPIPE while its reader lives has failed with 141") {
    Running run(chain(2));
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::failed);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}});
    run.dies(1, SIGTERM);
    CHECK(run.director.finish().exit == 141);
}

TEST_CASE("the reader failed: its writer's SIGPIPE is a consequence") {
    Running run(chain(2));
    run.effects.exiting = {1};
    run.dies(0, SIGPIPE);
    run.exits(1, 4);
    CHECK(run.effects.of(1) == Verdict::failed);
    CHECK(run.effects.of(0) == Verdict::cancelled);
    CHECK(run.director.finish().exit == 4);
}

TEST_CASE("reader and writer are found failed together: the reader is the cause") {
    Running run(chain(2));
    run.director.ended({{0, {.code = 1}}, {1, {.code = 5}}});
    CHECK(run.director.finish().exit == 5);
}

TEST_CASE("who ended before the cancelling signal reached it is judged by what it did") {
    Running run(chain(3));
    run.effects.exiting = {0};
    run.exits(1, 2);
    run.exits(0, 0);
    CHECK(run.effects.of(0) == Verdict::ok);
}

TEST_CASE("status 0 that is not in `ok` is a failure with status 1") {
    Plan plan = chain(1);
    plan.processes[0].ok = {3};
    Running run(plan);
    run.exits(0, 0);
    CHECK(run.director.finish().exit == 1);
}

TEST_CASE("ok = any takes every end") {
    Plan plan = chain(2);
    plan.processes[0].any_ok = true;
    Running run(plan);
    run.dies(0, SIGSEGV);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.released == std::set<int>{0});
}

TEST_CASE("the outside reader left: the last stage is cut and pipectl ends as a filter does") {
    Running run(chain(2));
    run.effects.outside_gone = true;
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    const auto outcome = run.director.finish();
    CHECK(outcome.signal == SIGPIPE);
    CHECK(outcome.exit == 141);
}

TEST_CASE("a stage's timeout: that stage is late, the others are cancelled, the status is 124") {
    Running run(chain(2));
    run.director.stage_timed_out(0);
    CHECK(run.effects.signals == Signals{{0, SIGTERM}, {1, SIGTERM}});
    run.dies(0, SIGTERM);
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::timeout);
    CHECK(run.effects.of(1) == Verdict::cancelled);
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 124);
    CHECK(outcome.verdict == Verdict::timeout);
}

TEST_CASE("the run's timeout: all who still ran are late") {
    Running run(chain(2));
    run.exits(0, 0);
    run.director.run_timed_out();
    run.dies(1, SIGTERM);
    CHECK(run.effects.of(0) == Verdict::ok);
    CHECK(run.effects.of(1) == Verdict::timeout);
    CHECK(run.director.finish().exit == 124);
}

TEST_CASE("a signal that reached the group is not sent again, one that did not is") {
    Running run(chain(2));
    run.director.cancelled_by_signal(SIGINT, {true, false});
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
    run.dies(0, SIGINT);
    run.dies(1, SIGINT);
    const auto outcome = run.director.finish();
    CHECK(outcome.signal == SIGINT);
    CHECK(outcome.verdict == Verdict::cancelled);
}

TEST_CASE("a second SIGINT kills at once, a third does nothing worse") {
    Running run(chain(2));
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.kills == 0);
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.signals == Signals{{0, SIGINT}, {1, SIGINT}, {0, SIGKILL}, {1, SIGKILL}});
    run.director.cancelled_by_signal(SIGINT, {});
    CHECK(run.effects.signals.size() == 4);
}

TEST_CASE("after the grace period whoever is left is killed") {
    Running run(chain(2));
    run.exits(0, 1);
    run.director.grace_over();
    CHECK(run.effects.signals == Signals{{1, SIGTERM}, {1, SIGKILL}});
}

TEST_CASE("a stage's own cancelling signal is used when others failed") {
    Plan plan = chain(2);
    plan.processes[1].cancel_signal = SIGINT;
    Running run(plan);
    run.exits(0, 1);
    CHECK(run.effects.signals == Signals{{1, SIGINT}});
}

TEST_CASE("a socket's writer is watched once its reader has ended") {
    Running run(chain(2, kTestSocket));
    run.exits(1, 0);
    CHECK(run.effects.watched == std::vector<int>{0});
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(0) == Verdict::cut);
}

TEST_CASE("not strict: failures cancel nobody, ends are shown, the last status counts") {
    Plan plan = chain(3);
    plan.strict = false;
    Running run(plan);
    run.exits(0, 9);
    CHECK(run.effects.signals.empty());
    CHECK(run.effects.released == std::set<int>{0});
    run.exits(1, 8);
    run.exits(2, 0);
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("not strict: the last stage's failure is the run's") {
    Plan plan = chain(2);
    plan.strict = false;
    Running run(plan);
    run.exits(0, 0);
    run.exits(1, 6);
    const auto outcome = run.director.finish();
    CHECK(outcome.exit == 6);
    CHECK(outcome.verdict == Verdict::failed);
}

TEST_CASE("a helper that fails is pipectl's own error, in every mode") {
    Plan plan = chain(2);
    plan.strict = false;
    plan.processes[0].role = Role::helper;
    Running run(plan);
    run.exits(0, 1);
    CHECK(run.effects.signals == Signals{{1, SIGTERM}});
    run.dies(1, SIGTERM);
    CHECK(run.director.finish().exit == 125);
}

TEST_CASE("not strict: a reader that fails has left as any other, and a bridge before it is cut") {
    Plan plan = chain(3);
    plan.strict = false;
    plan.processes[1].role = Role::helper;
    Running run(std::move(plan));
    run.exits(2, 3);
    run.dies(1, SIGPIPE);
    run.dies(0, SIGPIPE);
    CHECK(run.effects.of(1) == Verdict::cut);
    CHECK(run.effects.of(0) == Verdict::cut);
    CHECK(run.director.finish().exit == 3);
}

TEST_CASE("not strict: a bridge whose reader closed its input and lives on is no error of ours") {
    Plan plan = chain(3);
    plan.strict = false;
    plan.processes[1].role = Role::helper;
    Running run(std::move(plan));
    run.dies(1, SIGPIPE);
    run.exits(0, 0);
    run.exits(2, 0);
    CHECK(run.effects.signals.empty());
    CHECK(run.director.finish().exit == 0);
}

TEST_CASE("a start that fails ends what was started, at once") {
    const Plan plan = chain(3);
    Recorder effects;
    Director director(plan, effects);
    director.started(0);
    director.give_up("no such program", 127);
    CHECK(effects.signals == Signals{{0, SIGTERM}, {0, SIGKILL}});
    director.ended({{0, {.signal = SIGKILL}}});
    REQUIRE(director.all_ended());
    const auto outcome = director.finish();
    CHECK(outcome.exit == 127);
    CHECK(effects.of(1) == Verdict::not_started);
}
