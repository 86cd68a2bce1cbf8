// kill -9, of the process that the user started, of its supervisor, at any moment: within two
// seconds no process, no name and no unfinished file is left.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

std::set<std::string> entries(const std::string& path) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

/// What is in the folder beside what the test and its stages put there.
std::set<std::string> unexpected(const TemporaryFolder& folder) {
    std::set<std::string> names = entries(folder.path());
    for (const char* known : {"pipeline.toml", "background", "background.unfinished", "daemon",
                              "daemon.unfinished", "out.txt", "go"}) {
        names.erase(known);
    }
    return names;
}

/// An edge over each kind whose object has no process that it would go with.
std::string kernel_objects() {
    std::string definition = stage("first", {"sleep", "1000"});
    for (const char* kind : {"sysv-mq", "sysv-shm", "mq", "shm"}) {
        definition += stage(kind, {"cat"}, {"via = '" + std::string(kind) + "'"});
    }
    return definition;
}

/// How many stages have been started: children of the supervisor that are in its group.
int direct_stages(pid_t supervisor) {
    int count = 0;
    for (const pid_t pid : children_of(supervisor)) {
        ProcessStat stat;
        count += read_process_stat(pid, stat) && stat.name != "pipectl" &&
                         !stat.name.starts_with("run:") && stat.name != "misbehave"
                     ? 1
                     : 0;
    }
    return count;
}

bool groups_can_be_made() {
    Cgroup probe = Cgroup::create("pipectl-test." + std::to_string(::getpid()));
    return probe && probe.remove();
}

bool is_in_group(pid_t pid) {
    return read_small_file("/proc/" + std::to_string(pid) + "/cgroup").find("/pipectl.") !=
           std::string::npos;
}

/// Nothing is left within two seconds: no process, no name.
void check_nothing_left(const LeakCheck& check, const TemporaryFolder& folder) {
    const bool clean = wait_until(
        [&] {
            return survivors(check.marker()).empty() && entries(check.runtime_folder()).empty() &&
                   unexpected(folder).empty();
        },
        2s);
    INFO("left: " << name_survivors(check));
    INFO("names in the run's folder: " << entries(check.runtime_folder()).size());
    for (const std::string& name : unexpected(folder)) {
        CAPTURE(name);
    }
    CHECK(clean);
}

/// In the same instant: neither can act on the other's death.
void kill_both(pid_t front, pid_t supervisor) {
    ::kill(front, SIGSTOP);
    ::kill(supervisor, SIGSTOP);
    ::kill(front, SIGKILL);
    ::kill(supervisor, SIGKILL);
}

class Moments {
  public:
    explicit Moments(int longest_us) : pick_(0, longest_us) {}
    /// A random moment: what the pause is for is the moment itself, nothing is waited for.
    int pause() {
        const int us = pick_(random_);
        std::this_thread::sleep_for(std::chrono::microseconds(us));
        return us;
    }

  private:
    std::mt19937 random_{std::random_device{}()};
    std::uniform_int_distribution<int> pick_;
};

}  // namespace

TEST_CASE("nothing is left after kill -9 of pipectl", "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
    wait_for_six(folder);
    run.signal(SIGKILL);
    check_nothing_left(check, folder);
    CHECK(run.finish().status == killed_by(SIGKILL));
    CHECK_FALSE(folder.has("out.txt"));
}

TEST_CASE("nothing is left after kill -9 of the supervisor, and pipectl says so", "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
    wait_for_six(folder);
    ::kill(supervisor_of(run.pid()), SIGKILL);
    const RunResult result = run.finish();
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.err.find("supervisor") != std::string::npos);
    check_nothing_left(check, folder);
    CHECK_FALSE(folder.has("out.txt"));
}

TEST_CASE("a reader is shown no end of its data by kill -9 of the supervisor", "[R2][R42]") {
    // The programs that a stage has started are not ended with the supervisor by the kernel: they
    // go on until pipectl's other process ends them.
    for (int round = 0; round < rounds(20); ++round) {
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run =
            start_pipectl(folder, shell("writer", "echo data; " + misbehave() + " announce ready") +
                                      shell("reader", "(cat > copy && echo complete > end); true"));
        wait_for_pid(folder.path("ready"));
        ::kill(supervisor_of(run.pid()), SIGKILL);
        CHECK(run.finish().status == exited(125));
        CHECK(none_left(check));
        CHECK_FALSE(folder.has("end"));
    }
}

TEST_CASE("a daemon without environment is ended when front and supervisor are killed at once",
          "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string pid_file = folder.path("daemon");
    Child run = start_pipectl(folder, shell("s", "setsid env -i " + misbehave() + " announce " +
                                                     pid_file + " & sleep 1000"));
    const pid_t daemon = wait_for_pid(pid_file);
    if (!groups_can_be_made()) {
        WARN("SKIPPED: no control group can be made here");
        run.signal(SIGTERM);
        CHECK(wait_until([&] { return !is_alive(daemon); }));
        return;
    }
    REQUIRE(wait_until([&] { return is_in_group(daemon); }));
    kill_both(run.pid(), supervisor_of(run.pid()));
    CHECK(wait_until([&] { return !is_alive(daemon); }, 2s));
    check_nothing_left(check, folder);
}

TEST_CASE("the record of a run whose pipectl was killed says what its processes were in", "[R38]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string pid_file = folder.path("background");
    Child run = start_pipectl(folder, stage("s", {misbehave(), "announce", pid_file}),
                              {"--json", folder.path("record")});
    const pid_t stage = wait_for_pid(pid_file);
    const bool in_group = groups_can_be_made();
    REQUIRE(wait_until([&] { return is_in_group(stage) || !in_group; }));
    run.signal(SIGKILL);
    REQUIRE(wait_until([&] { return folder.has("record"); }));
    const std::string record = folder.read("record");
    INFO(record);
    CHECK(record.find(in_group ? "\"cleanup\": \"cgroup\"" : "\"cleanup\": \"subreaper\"") !=
          std::string::npos);
    CHECK(wait_until([&] { return survivors(check.marker()).empty(); }, 2s));
}

TEST_CASE("nothing is left after kill -9 of pipectl while the run is stopped", "[R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
    wait_for_six(folder);
    // a start that is stopped half-way holds the supervisor until it goes on, vfork(2)
    const pid_t supervisor = supervisor_of(run.pid());
    REQUIRE(wait_until([&] { return direct_stages(supervisor) >= 6; }));
    run.signal_group(SIGSTOP);
    REQUIRE(wait_until([&] { return state_of(run.pid()) == 'T'; }));
    run.signal(SIGKILL);
    check_nothing_left(check, folder);
}

TEST_CASE("nothing is left after kill -9 of a run's front at 50 random moments", "[R2][R34]") {
    Moments moments(250000);
    for (int round = 0; round < (long_tests() ? 200 : rounds(50)); ++round) {
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
        INFO("killed after " << moments.pause() << " us");
        run.signal(SIGKILL);
        check_nothing_left(check, folder);
    }
}

TEST_CASE("nothing is left after kill -9 of pipectl at any moment of the first 50 ms",
          "[R2][R34][alone]") {
    Moments moments(50000);
    for (int round = 0; round < (long_tests() ? 500 : rounds(60)); ++round) {
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
        INFO("killed after " << moments.pause() << " us");
        run.signal(SIGKILL);
        check_nothing_left(check, folder);
    }
}

// As `timeout -s KILL` does it: nobody of ours is left but the one in a session of its own. By
// turns processes that hide, and objects of the kernel, which the leak check sees.
TEST_CASE("nothing is left after kill -9 of pipectl's whole group in the first 50 ms",
          "[R34][alone]") {
    Moments moments(50000);
    for (int round = 0; round < (long_tests() ? 500 : rounds(40)); ++round) {
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run = start_pipectl(
            folder, round % 2 == 0 ? six_stages(folder, {"sleep", "1000"}) : kernel_objects());
        INFO("killed after " << moments.pause() << " us");
        run.signal_group(SIGKILL);
        check_nothing_left(check, folder);
    }
}

TEST_CASE("nothing is left after kill -9 of the supervisor at random moments", "[R2]") {
    Moments moments(150000);
    for (int round = 0; round < (long_tests() ? 200 : rounds(20)); ++round) {
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
        const pid_t supervisor = supervisor_of(run.pid());
        INFO("killed after " << moments.pause() << " us");
        ::kill(supervisor, SIGKILL);
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == exited(125));
        check_nothing_left(check, folder);
    }
}

TEST_CASE("the signals INT and TERM at any moment of the first 50 ms leave nothing",
          "[R34][alone]") {
    Moments moments(50000);
    for (int round = 0; round < (long_tests() ? 200 : rounds(12)); ++round) {
        const int number = round % 2 == 0 ? SIGINT : SIGTERM;
        const LeakCheck check;
        const TemporaryFolder folder;
        Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
        INFO("sent after " << moments.pause() << " us");
        round % 4 < 2 ? run.signal(number) : run.signal_group(number);
        const RunResult result = run.finish();
        INFO(to_text(result));
        CHECK(result.status == killed_by(number));
        CHECK_FALSE(result.timed_out);
        check_nothing_left(check, folder);
    }
}

TEST_CASE("a daemon is ended by the guard when front and supervisor are killed at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(folder, six_stages(folder, {"sleep", "1000"}));
    wait_for_six(folder);
    const pid_t supervisor = supervisor_of(run.pid());
    REQUIRE(wait_until([&] { return children_of(run.pid()).size() == 2; }));
    kill_both(run.pid(), supervisor);
    check_nothing_left(check, folder);
}

// Nothing tells it but that it was seen below pipectl.
TEST_CASE("a daemon without the run's environment goes with front and supervisor", "[R34]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
    RunOptions options;
    if (::geteuid() == 0) options.uid = 65534;  // who may make no control group
    options.environment = {"TMPDIR=" + folder.path(), "XDG_RUNTIME_DIR="};
    Child run = start_pipectl(
        folder,
        shell("make",
              "env -i /usr/bin/setsid /bin/sh -c 'echo $$ > pid; exec /bin/sleep 7777' "
              "< /dev/null > /dev/null 2>&1 & exec sleep 1000") +
            stage("take", {"cat"}),
        {}, std::move(options));
    const pid_t daemon = wait_for_pid(folder.path("pid"));
    const auto is_listed = [&] {
        for (const std::string& name : entries(folder.path())) {
            const std::string text = read_small_file(folder.path(name + "/processes"));
            if (("\n" + text).find("\n" + std::to_string(daemon) + " ") != std::string::npos) {
                return true;
            }
        }
        return false;
    };
    REQUIRE(wait_until(is_listed));
    kill_both(run.pid(), supervisor_of(run.pid()));
    CHECK(wait_until([&] { return ::kill(daemon, 0) != 0 || state_of(daemon) == 'Z'; }));
    std::filesystem::remove(folder.path("pid"));
    check_nothing_left(check, folder);
}

TEST_CASE("the stages die with front and supervisor when both are killed at once") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string pid_file = folder.path("background");
    Child run = start_pipectl(
        folder, stage("stage", {misbehave(), "announce", pid_file}) + stage("reader", {"cat"}));
    wait_for_pid(pid_file);
    const pid_t supervisor = supervisor_of(run.pid());
    kill_both(run.pid(), supervisor);
    check_nothing_left(check, folder);
}
