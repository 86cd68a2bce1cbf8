// What a run costs while it waits: nobody wakes up for nothing, nobody grows.

#include <unistd.h>

#include <cstdlib>

#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// A number of /proc/PID/status.
long in_status(pid_t pid, const std::string& key) {
    const std::string status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = status.find("\n" + key + ":");
    return at == std::string::npos ? 0 : std::atol(status.c_str() + status.find('\t', at));
}

/// pipectl's own processes, and all that they have started.
std::vector<pid_t> tree_of(pid_t front) {
    std::vector<pid_t> all = {front};
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const pid_t child : children_of(all[i])) {
            all.push_back(child);
        }
    }
    return all;
}

/// pipectl's two and its helpers: a stage may do as it likes.
std::vector<pid_t> ours_of(pid_t front) {
    std::vector<pid_t> ours;
    for (const pid_t pid : tree_of(front)) {
        const std::string name = read_small_file("/proc/" + std::to_string(pid) + "/comm");
        if (name.starts_with("pipectl") || name.starts_with("run")) {
            ours.push_back(pid);
        }
    }
    return ours;
}

long wake_ups_of(const std::vector<pid_t>& processes) {
    long sum = 0;
    for (const pid_t pid : processes) {
        sum += in_status(pid, "voluntary_ctxt_switches");
    }
    return sum;
}

/// They come to rest: in the course of 400 ms they wake up `most` times at most.
bool come_to_rest(const std::vector<pid_t>& processes, long most) {
    return wait_until(
        [&] {
            const long before = wake_ups_of(processes);
            (void)wait_until([] { return false; }, 400ms);
            return wake_ups_of(processes) - before <= most;
        },
        10s);
}

}  // namespace

TEST_CASE("a run in which nothing moves wakes nobody up", "[R32][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder, misbehaving("first", {"wait-for-file", "done"}) + stage("second", {"cat"}));
    const std::vector<pid_t> ours = {run.pid(), supervisor_of(run.pid())};
    CHECK(come_to_rest(ours, 0));
    folder.write("done", "x");
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("a reader that takes nothing makes nobody spin or grow", "[R17][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string definition = stage("source", {"yes"});
    for (const char* kind : {"shm", "mmap", "sysv-mq", "unix-seqpacket", "udp", "tcp", "net"}) {
        definition +=
            stage(std::string("over-") + kind, {"cat"}, {std::string("via = '") + kind + "'"});
    }
    definition += misbehaving("last", {"wait-for-file", "done"});
    Child run = start_pipectl(folder, definition);
    supervisor_of(run.pid());
    REQUIRE(wait_until([&] { return tree_of(run.pid()).size() > 21; }));
    const std::vector<pid_t> all = ours_of(run.pid());
    // those that sleep where poll(2) cannot look for their peer a few times a second
    CHECK(come_to_rest(all, static_cast<long>(4 * all.size())));
    for (const pid_t pid : all) {
        INFO(read_small_file("/proc/" + std::to_string(pid) + "/comm"));
        CHECK(in_status(pid, "RssAnon") < 8 << 10);  // kB
    }
    folder.write("done", "x");
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("no process of ours grows with the bytes that pass", "[R35]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_pipectl(
        folder,
        shell("source", misbehave() + " wait-for-file go; head -c 200000000 /dev/zero") +
            shell("one", "cat > /dev/null; echo x > one; " + misbehave() + " wait-for-file done") +
            shell("two", "cat > /dev/null; echo x > two", {"from = 'source'", "via = 'shm'"}));
    supervisor_of(run.pid());
    // the helpers, which are there before a stage may go
    REQUIRE(wait_until([&] { return tree_of(run.pid()).size() > 8; }));
    const auto memory = [&] {
        long most = 0;
        for (const pid_t pid : tree_of(run.pid())) {
            most = std::max(most, in_status(pid, "RssAnon"));
        }
        return most;
    };
    const long before = memory();
    folder.write("go", "x");
    CHECK(!wait_for_file(folder.path("one")).empty());
    CHECK(!wait_for_file(folder.path("two")).empty());
    CHECK(memory() <= before + 1024);  // kB
    folder.write("done", "x");
    CHECK(run.finish().status == exited(0));
}
