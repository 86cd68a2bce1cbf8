// A run of which all processes of pipectl's were killed together: it is seen, named and ended.

#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "orchestrator/process/cgroup.hpp"
#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "stages/objects/run_remains.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

pid_t guard_of(pid_t front) {
    pid_t guard = 0;
    (void)wait_until([&] {
        for (const pid_t pid : children_of(front)) {
            ProcessStat stat;
            if (read_process_stat(pid, stat) && stat.name == "run-guard") guard = pid;
        }
        return guard != 0;
    });
    return guard;
}

/// The run's id, from its folder.
std::string only_run(const LeakCheck& check) {
    for (const auto& entry : std::filesystem::directory_iterator(check.runtime_folder())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("pipectl.")) return name.substr(8);
    }
    return {};
}

/// A run of which only a daemon without environment, and the processes that ignore their parent's
/// death, are left. Returns the run's id.
class StrayRun {
  public:
    StrayRun(const LeakCheck& check, const TemporaryFolder& folder)
        : child_(start_pipectl(folder, shell("s", "setsid " + misbehave() + " announce " +
                                                      folder.path("daemon") + " & sleep 1000"))),
          daemon(wait_for_pid(folder.path("daemon"))) {
        const pid_t front = child_.pid();
        const pid_t guard = guard_of(front);
        // a run that has no folder yet cannot be shown
        REQUIRE(wait_until([&] { return !only_run(check).empty(); }));
        const pid_t supervisor = supervisor_of(front);
        for (const int number : {SIGSTOP, SIGKILL}) {
            // the front last: its end wakes a supervisor that is stopped
            for (const pid_t pid : {guard, supervisor, front}) {
                ::kill(pid, number);
            }
        }
        (void)child_.wait(5s);
        REQUIRE(wait_until([&] { return !is_alive(guard) && !is_alive(supervisor); }));
    }

  private:
    Child child_;

  public:
    const pid_t daemon;
};

}  // namespace

TEST_CASE("a run that goes on without pipectl is shown as stray, and stop ends it",
          "[stray][R37]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const StrayRun run(check, folder);
    const std::string id = only_run(check);
    REQUIRE_FALSE(id.empty());
    CHECK(is_alive(run.daemon));
    CHECK(pipectl_says({"ps"}).out.find("stray") != std::string::npos);
    const RunResult stopped = pipectl_says({"stop", id.substr(0, 8)});
    INFO(to_text(stopped));
    CHECK(stopped.status == exited(0));
    CHECK(stopped.err.find("ended") != std::string::npos);
    CHECK_FALSE(is_alive(run.daemon));
    CHECK(only_run(check).empty());
}

TEST_CASE("ipc ls lists the processes of a stray run, and clean ends them first", "[stray][R37]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const StrayRun run(check, folder);
    const RunResult listed = pipectl_says({"ipc", "ls"});
    INFO(to_text(listed));
    CHECK(listed.out.find(std::to_string(run.daemon) + " misbehave") != std::string::npos);
    const RunResult cleaned = pipectl_says({"ipc", "clean"});
    INFO(to_text(cleaned));
    CHECK(cleaned.status == exited(0));
    CHECK_FALSE(is_alive(run.daemon));
    CHECK(only_run(check).empty());
}

// Killed processes close their descriptors one after the other, and may be preempted meanwhile.
TEST_CASE("the guard waits until the last of the killed has let go of the folder", "[R34]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string id(32, 'a');
    const std::string place = folder.path() + "/pipectl." + id;
    Fd owner = pipectl::channel::make_owned_folder(place);
    Child guard({HELPER_BINARY, "guard", id, place});
    CHECK_FALSE(wait_for_end(guard.pid(), 200ms));
    owner.reset();
    CHECK(guard.finish().status == exited(0));
    CHECK_FALSE(std::filesystem::exists(place));
}
