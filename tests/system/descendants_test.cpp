// Finding and ending every process below this one, whatever it did to hide.

#include "orchestrator/process/descendants.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

bool everyone(pid_t) {
    return true;
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

/// Kills what it is asked to and returns how many are left.
int kill_all(const std::function<bool(pid_t)>& wanted = everyone) {
    return kill_descendants(wanted, 5000, {});
}

}  // namespace

TEST_CASE("the facts of a process are read from its stat line") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child child({misbehave(), "announce", folder.path("pid")});
    test::wait_for_pid(folder.path("pid"));
    ProcessStat stat;
    REQUIRE(read_process_stat(child.pid(), stat));
    CHECK(stat.name == "misbehave");
    CHECK(stat.parent == ::getpid());
    CHECK(stat.group == child.pid());
    CHECK(stat.session == ::getsid(0));
    CHECK(stat.threads == 1);
    CHECK_FALSE(stat.exiting());
    ProcessStat mine;
    REQUIRE(read_process_stat(::getpid(), mine));
    CHECK(mine.start_time > 0);
    CHECK(mine.start_time <= stat.start_time);

    child.signal(SIGKILL);
    CHECK(test::wait_for_end(child.pid()));
    REQUIRE(read_process_stat(child.pid(), stat));  // a zombie: not waited for yet
    CHECK(stat.exiting());
    child.wait();
    CHECK_FALSE(read_process_stat(child.pid(), stat));
}

TEST_CASE("a command name may hold blanks and parentheses") {
    const LeakCheck leaks;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_NAME, "a) S 1 (b");
        ::pause();
        ::_exit(0);
    }
    ProcessStat stat;
    CHECK(wait_until([&] { return read_process_stat(child, stat) && stat.name == "a) S 1 (b"; }));
    CHECK(stat.parent == ::getpid());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("a process lives on when only its main thread has left") {
    const LeakCheck leaks;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::thread([] { std::this_thread::sleep_for(100s); }).detach();
        ::syscall(SYS_exit, 0);  // this thread alone
    }
    ProcessStat stat;
    CHECK(wait_until([&] { return read_process_stat(child, stat) && stat.state == 'Z'; }));
    CHECK_FALSE(stat.exiting());
    CHECK(contains(descendants_of(::getpid()), child));
    CHECK(kill_all() == 0);
}

TEST_CASE("a variable of a process's environment is read whole") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child child({misbehave(), "announce", folder.path("pid")},
                {.environment = {"XY=wrong", "Y=one=two"}});
    test::wait_for_pid(folder.path("pid"));
    CHECK(environment_of(child.pid(), "Y") == "one=two");
    CHECK(environment_of(child.pid(), "NONE").empty());
    CHECK(environment_of(child.pid(), "PIPECTL_TEST_MARKER") == leaks.marker());
    CHECK(environment_of(999999999, "Y").empty());
}

TEST_CASE("a daemonised grandchild is found and killed", "[R3]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    become_subreaper();
    CHECK(run({misbehave(), "daemonise", folder.path("pid")}).status == exited(0));
    const pid_t daemon = test::wait_for_pid(folder.path("pid"));
    CHECK(is_alive(daemon));
    CHECK(contains(descendants_of(::getpid()), daemon));
    CHECK(contains(survivors(leaks.marker()), daemon));
    CHECK_FALSE(leaks.leaks().empty());

    std::vector<std::pair<pid_t, int>> reaped;
    CHECK(kill_descendants(everyone, 2000,
                           [&](pid_t pid, int status) { reaped.emplace_back(pid, status); }) == 0);
    CHECK_FALSE(is_alive(daemon));
    CHECK(reaped == std::vector<std::pair<pid_t, int>>{{daemon, SIGKILL}});
    CHECK(leaks.leaks().empty());
}

TEST_CASE("descendants are found below others, and only those of the root") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Child shell(
        {"/bin/sh", "-c", misbehave() + " announce " + folder.path("pid") + "; true"});
    const Child stranger({misbehave(), "announce", folder.path("other")});
    const pid_t inner = test::wait_for_pid(folder.path("pid"));
    const pid_t other = test::wait_for_pid(folder.path("other"));
    CHECK(descendants_of(shell.pid()) == std::vector<pid_t>{inner});
    CHECK(descendants_of(inner).empty());
    const std::vector<pid_t> all = descendants_of(::getpid());
    CHECK(contains(all, inner));
    CHECK(contains(all, other));
    CHECK(contains(all, shell.pid()));
    CHECK(kill_all() == 0);
}

TEST_CASE("only those that are wanted are signalled", "[R33]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child one({misbehave(), "announce", folder.path("one")});
    Child two({misbehave(), "announce", folder.path("two")});
    test::wait_for_pid(folder.path("one"));
    test::wait_for_pid(folder.path("two"));
    const auto is_one = [&](pid_t pid) { return pid == one.pid(); };
    CHECK(signal_descendants(::getpid(), SIGTERM, is_one) == 1);
    CHECK(one.wait() == killed_by(SIGTERM));
    CHECK(two.running());
    CHECK(kill_all([&](pid_t pid) { return pid != two.pid(); }) == 0);
    CHECK(two.running());
}

TEST_CASE("a process that left between the walk and the signal is not hit, nor its heir", "[R33]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    // the question is asked after the walk and before the signal: a moment to change everything
    Child shell({"/bin/sh", "-c",
                 misbehave() + " announce " + folder.path("pid") + "; " + misbehave() +
                     " announce " + folder.path("late")});
    const pid_t inner = test::wait_for_pid(folder.path("pid"));
    const auto replace_it = [&](pid_t pid) {
        if (pid != inner) {
            return false;
        }
        ::kill(inner, SIGKILL);
        test::wait_for_pid(folder.path("late"));  // inner has been waited for: its pid is free
        return true;
    };
    CHECK(signal_descendants(::getpid(), SIGKILL, replace_it) == 0);
    CHECK(shell.running());
    CHECK(kill_all() == 0);
}

TEST_CASE("a process that leaves the tree before the signal is not hit", "[R33]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Child shell(
        {"/bin/sh", "-c", misbehave() + " announce " + folder.path("pid") + "; true"});
    const pid_t inner = test::wait_for_pid(folder.path("pid"));
    // `inner` is adopted by this process, so it is no longer below the shell
    const auto move_it = [&](pid_t) {
        ::kill(shell.pid(), SIGKILL);
        return wait_until([&] {
            ProcessStat stat;
            return read_process_stat(inner, stat) && stat.parent == ::getpid();
        });
    };
    CHECK(signal_descendants(shell.pid(), SIGKILL, move_it) == 0);
    CHECK(is_alive(inner));
    CHECK(kill_all() == 0);
}

TEST_CASE("stopped processes and those that ignore signals are killed", "[R4]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Child deaf({misbehave(), "ignore-signals", "TERM", "INT", "HUP", folder.path("deaf")});
    Child stopped({misbehave(), "stop-self"});
    test::wait_for_pid(folder.path("deaf"));
    CHECK(wait_until([&] { return state_of(stopped.pid()) == 'T'; }));
    CHECK(kill_all() == 0);
    CHECK_FALSE(is_alive(deaf.pid()));
    CHECK_FALSE(is_alive(stopped.pid()));
}

TEST_CASE("a storm of processes that fork and end is stilled", "[R3][alone]") {
    const LeakCheck leaks;
    Child storm({misbehave(), "fork-storm", "8"});
    CHECK(wait_until([&] { return !is_alive(storm.pid()); }));  // it has handed on
    const double start = now();
    CHECK(kill_all() == 0);
    CHECK(now() - start < 5);
    CHECK(survivors(leaks.marker()).empty());
}

TEST_CASE("what is left after the limit is counted") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const Child child({misbehave(), "announce", folder.path("pid")});
    test::wait_for_pid(folder.path("pid"));
    CHECK(kill_descendants([](pid_t) { return false; }, 10, {}) == 0);
    CHECK(is_alive(child.pid()));
}
