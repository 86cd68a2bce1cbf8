// Semaphores and locks: `needs`, `lock`, `pipectl hold`. The other side is flock(2) and System V
// semaphores through libc.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "stages/objects/semaphores.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Four stages, of which each says how many run beside it at most.
std::string four_in(const std::string& needs) {
    std::string text;
    for (const char* name : {"a", "b", "c", "d"}) {
        text +=
            shell(name,
                  "mkdir run-" + std::string(name) +
                      "; ls -d run-* | wc -l; sleep 0.2; rmdir "
                      "run-" +
                      name,
                  {"stdin = { null = true }", needs, std::string("stdout = 'out-") + name + "'"});
    }
    return text;
}

int most_at_once(const TemporaryFolder& folder) {
    int most = 0;
    for (const char* name : {"a", "b", "c", "d"}) {
        most = std::max(most, std::stoi(folder.read(std::string("out-") + name)));
    }
    return most;
}

/// A semaphore of this user's that goes with the test.
class OwnSemaphore {
  public:
    explicit OwnSemaphore(int count)
        : name_("test-" + std::to_string(::getpid())),
          set_(channel::open_user_semaphore({name_, std::nullopt, count})) {}
    ~OwnSemaphore() { ::semctl(set_, 0, IPC_RMID); }
    OwnSemaphore(const OwnSemaphore&) = delete;
    OwnSemaphore& operator=(const OwnSemaphore&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] int free() const { return ::semctl(set_, 0, GETVAL); }
    [[nodiscard]] int waiting() const { return ::semctl(set_, 0, GETNCNT); }

  private:
    std::string name_;
    int set_;
};

/// A process of the run: the supervisor, or one that it has started.
void kill_one_of(pid_t front, unsigned which) {
    std::vector<pid_t> all = children_of(front);
    if (all.empty()) return;
    const std::vector<pid_t> started = children_of(all.front());
    all.insert(all.end(), started.begin(), started.end());
    ::kill(all[which % all.size()], SIGKILL);
}

}  // namespace

TEST_CASE("no more stages run at once than there are units", "[R43]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, "[semaphores]\nslot = 2\n" + four_in("needs = ['slot']"));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(most_at_once(folder) <= 2);
}

TEST_CASE("several units of several semaphores are taken together, or none") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, "[semaphores]\nx = 2\ny = { count = 3, scope = 'run' }\n" +
                                four_in("needs = { x = 1, y = 2 }"));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(most_at_once(folder) == 1);
}

TEST_CASE("units come back however the holder, the supervisor or all of pipectl died", "[R43]") {
    const LeakCheck check;
    const OwnSemaphore semaphore(1);
    const TemporaryFolder folder;
    const std::string definition =
        "[semaphores]\n" + semaphore.name() + " = { count = 1, scope = 'user' }\n" +
        shell("hold", "echo holds >&2; exec sleep 60", {"needs = ['" + semaphore.name() + "']"});
    for (int round = 0; round < rounds(10); ++round) {
        Child run = start_pipectl(folder, definition);
        REQUIRE(run.wait_for_err("holds"));
        CHECK(semaphore.free() == 0);
        run.signal(round % 2 == 0 ? SIGKILL : SIGTERM);
        REQUIRE(run.wait());
        CHECK(wait_until([&] { return semaphore.free() == 1; }));
    }
}

TEST_CASE("who waits for what is in the events and the record, and seen from outside") {
    const LeakCheck check;
    const OwnSemaphore semaphore(1);
    const TemporaryFolder folder;
    Child holder(
        {PIPECTL_BINARY, "hold", semaphore.name(), "--", "sh", "-c", "echo holds; exec sleep 60"});
    REQUIRE(holder.wait_for_out("holds"));
    Child run =
        start_pipectl(folder,
                      "[semaphores]\n" + semaphore.name() + " = { scope = 'user' }\n" +
                          stage("later", {"true"}, {"needs = ['" + semaphore.name() + "']"}),
                      {"--events", "events", "--json", "run.json"});
    REQUIRE(wait_until([&] { return semaphore.waiting() == 1; }));
    CHECK(wait_until([&] {
        return pipectl_says({"ps"}).out.find("'later' waits for 1 of '" + semaphore.name()) !=
               std::string::npos;
    }));
    holder.signal(SIGKILL);
    CHECK(run.finish().status == exited(0));
    CHECK_THAT(folder.read("events"), ContainsSubstring("process-waits"));
    CHECK_THAT(folder.read("run.json"), ContainsSubstring("\"waited_for\""));
}

TEST_CASE("a run that waits for units ends by a signal, and takes none") {
    const LeakCheck check;
    const OwnSemaphore semaphore(1);
    const TemporaryFolder folder;
    Child holder(
        {PIPECTL_BINARY, "hold", semaphore.name(), "--", "sh", "-c", "echo holds; exec sleep 60"});
    REQUIRE(holder.wait_for_out("holds"));
    Child run =
        start_pipectl(folder,
                      "[semaphores]\n" + semaphore.name() + " = { scope = 'user' }\n" +
                          shell("later", "touch started", {"needs = ['" + semaphore.name() + "']"}),
                      {"--json", "run.json"});
    REQUIRE(wait_until([&] { return semaphore.waiting() == 1; }));
    run.signal(SIGTERM);
    CHECK(run.finish().status == killed_by(SIGTERM));
    CHECK(semaphore.waiting() == 0);
    CHECK_FALSE(folder.has("started"));
    CHECK_THAT(folder.read("run.json"), ContainsSubstring("\"verdict\": \"not started\"") &&
                                            ContainsSubstring("\"waited_for\": \"1 of "));
}

TEST_CASE("hold: status, descriptors and refusals") {
    const LeakCheck check;
    const OwnSemaphore semaphore(2);
    CHECK(pipectl_says({"hold", semaphore.name(), "--", "sh", "-c", "exit 7"}).status == exited(7));
    CHECK(pipectl_says({"hold", semaphore.name(), "--", "cat"}, {.stdin_text = "text"}).out ==
          "text");
    const RunResult other = pipectl_says({"hold", semaphore.name(), "--count", "3", "--", "true"});
    CHECK(other.status == exited(125));
    CHECK_THAT(other.err, ContainsSubstring("is there with 2 units, and 3 were asked for"));
    CHECK(pipectl_says({"hold", "--", "true"}).status == exited(125));
    CHECK(pipectl_says({"hold", semaphore.name(), "--", "no-such-program-x"}).status ==
          exited(127));
    CHECK(semaphore.free() == 2);
}

TEST_CASE("what is held for starts as without: a script without a first line, no foreign binary") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto runs = [&](const std::string& text, const std::string& needs) {
        folder.write("program", text);
        ::chmod(folder.path("program").c_str(), 0700);
        return run_pipectl(folder, "[semaphores]\nu = 1\n" + stage("it", {"./program"}, {needs}));
    };
    for (const char* needs : {"", "needs = ['u']"}) {
        CAPTURE(needs);
        CHECK(runs("echo from a script\n", needs).out == "from a script\n");
        const RunResult foreign = runs(std::string("\x7f"
                                                   "ELX\0\0\necho ran\n",
                                                   16),
                                       needs);
        CAPTURE(foreign);
        CHECK(foreign.status == exited(126));
        CHECK(foreign.out.empty());
    }
}

TEST_CASE("a lock of a stage is flock's: held, shared, waited for") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const Fd file(::open(folder.path("f.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::flock(file.get(), LOCK_EX) == 0);
    const std::string stage_with = "lock = 'f.lock'";
    const RunResult refused = run_pipectl(folder, stage("a", {"true"}, {stage_with}));
    CAPTURE(refused);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("f.lock' is held"));

    Child waits = start_pipectl(
        folder, shell("a", "echo runs", {"lock = { file = 'f.lock', wait = '30s' }"}));
    REQUIRE(wait_until(
        [] { return pipectl_says({"ps"}).out.find("waits for lock") != std::string::npos; }));
    REQUIRE(::flock(file.get(), LOCK_UN) == 0);
    CHECK(waits.finish().out == "runs\n");

    REQUIRE(::flock(file.get(), LOCK_SH) == 0);
    CHECK(run_pipectl(folder, stage("a", {"true"}, {"lock = { file = 'f.lock', shared = true }"}))
              .status == exited(0));
}

TEST_CASE("one run at a time: a lock of the pipeline") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string head = "[pipeline]\nlock = 'run.lock'\n";
    Child first = start_pipectl(folder, head + shell("a", "echo runs >&2; exec sleep 60"));
    REQUIRE(first.wait_for_err("runs"));
    const RunResult second = run_pipectl(folder, head + shell("a", "touch second"));
    CAPTURE(second);
    CHECK(second.status == exited(125));
    CHECK_THAT(second.err, ContainsSubstring("run.lock' is held"));
    CHECK_FALSE(folder.has("second"));
    first.signal(SIGKILL);
    REQUIRE(first.wait());
    CHECK(run_pipectl(folder,
                      "[pipeline]\nlock = 'run.lock'\nlock-wait = '20s'\n" + stage("a", {"true"}))
              .status == exited(0));
}

TEST_CASE("what can never be met is refused before the run") {
    const TemporaryFolder folder;
    const auto [definition, message] = GENERATE(table<std::string, std::string>({
        {"[semaphores]\ngpu = 2\n" + stage("a", {"true"}, {"needs = { gpu = 3 }"}),
         "needs 3 units of semaphore 'gpu', which has 2"},
        {"[semaphores]\ngpu = 2\n" + stage("a", {"true"}, {"needs = ['gqu']"}),
         "there is no semaphore 'gqu'"},
        {"[semaphores]\ngpu = 1\n" + stage("a", {"true"}, {"needs = ['gpu']"}) +
             stage("b", {"cat"}) + stage("c", {"cat"}, {"needs = ['gpu']"}),
         "'c' would wait for semaphore 'gpu', which 'a' holds while it feeds it"},
        {stage("a", {"true"}, {"lock = 'f'"}) + stage("b", {"cat"}, {"lock = 'f'"}),
         "'b' would wait for lock 'f', which 'a' holds while it feeds it"},
    }));
    const RunResult result = run_pipectl(folder, definition);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring(message));
}

TEST_CASE("a unit that is held while what is read comes only after another one that needs it") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string slot = "[semaphores]\nslot = 1\n";
    const std::string gen = stage("gen", {"seq", "3"}, {"needs = ['slot']"});
    const std::string ask =
        shell("ask", "echo 4; read -r x; echo $x >&2", {"talks-to = 'calc'", "after = 'gen'"});
    const std::string calc = "read -r x; echo $x$x";
    const auto checked = [&](const std::string& definition) {
        folder.write("p.toml", slot + definition);
        return pipectl_says({"check", folder.path("p.toml")});
    };
    const RunResult talks =
        checked(gen + stage("see", {"cat"}) + ask + shell("calc", calc, {"needs = ['slot']"}));
    CAPTURE(talks);
    CHECK(talks.status == exited(1));
    CHECK_THAT(talks.err, ContainsSubstring("stage 'calc' may hold semaphore 'slot' and wait for "
                                            "data that comes when 'gen' has ended"));
    const std::string gate = stage("mid", {"cat"}, {"from = { stage = 'gen', when = 'complete' }"});
    CHECK(checked(gen + gate + stage("end", {"cat"}, {"needs = ['slot']"})).status == exited(1));
    // which starts when that has ended
    CHECK(checked(gen + gate +
                  stage("end", {"cat"},
                        {"needs = ['slot']", "from = { stage = 'mid', when = 'complete' }"}))
              .status == exited(0));
    CHECK(checked(gen + stage("see", {"cat"}) + ask + shell("calc", calc)).status == exited(0));
}

TEST_CASE("stages that contend for a unit and feed one reader do not lock up") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // the reader wants the data of `b` first, `a` has the unit and more to write than pipes hold
    const RunResult result = run_pipectl(
        folder, "[semaphores]\nslot = 1\n" +
                    shell("a", "touch taken; exec seq 1000000", {"needs = ['slot']"}) +
                    shell("taken", "until [ -e taken ]; do sleep 0.01; done",
                          {"stdin = { null = true }", "stdout = { null = true }"}) +
                    stage("b", {"seq", "1000000"}, {"needs = ['slot']", "after = 'taken'"}) +
                    stage("c", {"wc", "-l"}, {"from = ['b', 'a']"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "2000000\n");
}

TEST_CASE("200 kills around units, locks and gates leave nothing held and start nothing untrue",
          "[R43][R44]") {
    const LeakCheck check;
    const OwnSemaphore semaphore(1);
    const TemporaryFolder folder;
    std::mt19937 random(std::random_device{}());
    const std::string definition =
        "[semaphores]\nslot = 1\n" + semaphore.name() + " = { scope = 'user' }\n" +
        shell("write", "echo runs >&2; seq 100; sleep 0.01; seq 100", {"needs = ['slot']"}) +
        shell("read", "test $(wc -l < ${in.x}) = 200 || touch untrue",
              {"inputs = { x = { stage = 'write', as = 'file' } }", "stdin = { null = true }",
               "lock = { file = 'f.lock', wait = '20s' }"}) +
        shell("other", "sleep 0.01",
              {"stdin = { null = true }", "after = 'write'",
               "needs = ['slot', '" + semaphore.name() + "']"});
    for (int round = 0; round < rounds(200); ++round) {
        Child run = start_pipectl(folder, definition);
        const auto how = random() % 3;
        // a set that was made an instant ago, and whose maker was killed, says nothing of itself
        if (how != 0) (void)run.wait_for_err("runs");
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
        switch (how) {
            case 0: run.signal(SIGKILL); break;        // the front
            case 1: run.signal_group(SIGKILL); break;  // all of it
            default: kill_one_of(run.pid(), random()); break;
        }
        (void)run.finish();
        INFO("round " << round);
        REQUIRE(wait_until([&] { return semaphore.free() == 1 && semaphore.waiting() == 0; }));
    }
    // where all of pipectl's processes were killed at once, what they had is still listed
    CHECK(wait_until([] {
        (void)pipectl_says({"ipc", "clean"});
        const std::string left = pipectl_says({"ipc", "ls"}).out;
        return left.find("run folder") == std::string::npos &&
               left.find("System V object") == std::string::npos;
    }));
    CHECK_FALSE(folder.has("untrue"));
    const Fd file(::open(folder.path("f.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    CHECK(wait_until([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }));
}

TEST_CASE("a semaphore of the user's is listed, and removed by its name") {
    const LeakCheck check;
    const std::string name = "named-" + std::to_string(::getpid());
    CHECK(pipectl_says({"hold", name, "--count", "2", "--", PIPECTL_BINARY, "ipc", "ls"})
              .out.find("(1 of 2 free)") != std::string::npos);
    CHECK(pipectl_says({"ipc", "ls"}).out.find("(2 of 2 free)") != std::string::npos);
    CHECK(pipectl_says({"ipc", "rm", name}).status == exited(0));
    CHECK(::semget(channel::key_of_semaphore(name), 0, 0) < 0);
    const RunResult gone = pipectl_says({"ipc", "rm", name});
    CHECK(gone.status == exited(1));
    CHECK_THAT(gone.err, ContainsSubstring("it is not there"));
}
