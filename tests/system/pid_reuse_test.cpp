// A signal never hits a process that has got a stage's pid after it: runs that end storms of
// processes, in a PID namespace whose pids come round every few milliseconds.

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>

#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl::test;

namespace {

/// Before Linux 6.14 /proc/sys/kernel/pid_max is one for the whole machine, which is no test's to
/// change; pid_namespaces(7).
bool pid_limit_is_per_namespace() {
    utsname system{};
    int major = 0;
    int minor = 0;
    return ::uname(&system) == 0 && std::sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 14));
}

}  // namespace

TEST_CASE("no bystander is hit where pids are used again at once", "[R33][alone]") {
    if (::geteuid() != 0 || !pid_limit_is_per_namespace()) {
        WARN("SKIPPED: needs root, and a limit of pids per namespace");
        return;
    }
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("storm.toml",
                 pipeline({"grace = '200ms'"}) +
                     shell("storm",
                           "i=0; while [ $i -lt 150 ]; do /bin/true & i=$((i+1)); done; "
                           "sleep 100 & exit 3") +
                     stage("reader", {"cat"}));
    // the bystanders start a process, wait for it, and write down when a signal ended it
    folder.write("script",
                 "echo 345 > /proc/sys/kernel/pid_max || exit 9\n"
                 "for n in 1 2 3; do (while [ ! -e stop ]; do sleep 0.003 & wait $!; s=$?\n"
                 "  [ $s -le 128 ] || echo $s >> hit; done) & done\n"
                 "for run in 1 2 3 4 5 6 7 8 9 10; do " PIPECTL_BINARY
                 " run storm.toml --quiet; [ $? -lt 126 ] || echo $? >> wrong; done\n"
                 "echo > stop; wait; echo over\n");
    const RunResult result = run({"unshare", "--pid", "--fork", "--mount-proc", "sh", "script"},
                                 {.cwd = folder.path(), .timeout = 60s});
    CAPTURE(result);
    if (result.status == exited(9) || result.status == exited(1)) {
        WARN("SKIPPED: no PID namespace can be made here");
        return;
    }
    CHECK(result.out == "over\n");
    CHECK_FALSE(folder.has("hit"));
    CHECK_FALSE(folder.has("wrong"));
}
