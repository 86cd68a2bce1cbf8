// Bridges in a run: they are watched like stages.

#include <signal.h>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// The bridge below the supervisor that runs this job.
pid_t bridge_of(pid_t supervisor, const std::string& job) {
    pid_t bridge = -1;
    wait_until([&] {
        for (const pid_t pid : children_of(supervisor)) {
            const std::string words = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
            if (words.find('\0' + job + '\0') != std::string::npos) {
                bridge = pid;
            }
        }
        return bridge > 0;
    });
    REQUIRE(bridge > 0);
    return bridge;
}

}  // namespace

TEST_CASE("a bridge that is killed fails the run, and no reader is shown an end", "[R24][S7]") {
    for (const std::string& name : channels()) {
        if (channel::find_kind(name)->ends != channel::Ends::bridged) continue;
        for (const char* job : {"send", "receive"}) {
            const LeakCheck check;
            const TemporaryFolder folder;
            CAPTURE(name, job);
            Child run = start_pipectl(
                folder, pipeline({"via = '" + name + "'"}) +
                            shell("w", "echo data; " + misbehave() + " announce ready") +
                            shell("r", "read line; echo got $line > got; cat && echo end > end"));
            REQUIRE(wait_until([&] { return folder.has("got"); }));
            ::kill(bridge_of(supervisor_of(run.pid()), job), SIGKILL);
            const RunResult result = run.finish(10s);
            CAPTURE(result);
            CHECK(result.status == exited(125));
            CHECK(result.err.find(std::string(job) + ":w.stdout->r.stdin") != std::string::npos);
            CHECK_FALSE(folder.has("end"));
            CHECK(none_left(check));
        }
    }
}

TEST_CASE("a slow reader makes the writer wait on every channel with bounds", "[R17][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const std::string& name : channels()) {
        if (name == "file") continue;  // has unlimited room
        CAPTURE(name);
        // what was written shows how much the edge has taken when it came to rest
        Child run =
            start_pipectl(folder, pipeline({"via = '" + name + "'", "grace = '100ms'"}) +
                                      shell("w",
                                            "n=0; while head -c 1000000 /dev/zero; do n=$((n+1)); "
                                            "echo $n > next; mv next taken; done") +
                                      stage("r", {"sleep", "1000"}));
        std::string before;
        int same = 0;
        REQUIRE(wait_until([&] {
            const std::string now = folder.has("taken") ? folder.read("taken") : "";
            same = now == before ? same + 1 : 0;
            before = now;
            return same > 50;
        }));
        CHECK((before.empty() || std::stol(before) <= 40));
        run.signal(SIGTERM);
        CHECK(run.finish(10s).status == killed_by(SIGTERM));
    }
}
