// Runs on several hosts, each a node of its own on this machine (`local`): the table of failures in
// orchestrator/docs/hosts.md, row by row, with the real program.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kHosts = "[hosts.n]\nlocal = 3\n";

std::string at(int host) {
    return "host = 'n." + std::to_string(host) + "'";
}

/// Nodes' first processes: children of pipectl's own.
std::vector<pid_t> nodes_of(pid_t front) {
    std::vector<pid_t> nodes;
    for (const pid_t pid : children_of(front)) {
        const std::string words = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
        if (words.ends_with(std::string("\0node\0", 6))) nodes.push_back(pid);
    }
    std::ranges::sort(nodes);
    return nodes;
}

/// The child that decides, of pipectl's first process or of a node's.
pid_t deciding(pid_t front) {
    pid_t found = -1;
    wait_until([&] {
        for (const pid_t pid : children_of(front)) {
            const std::string words = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
            if (words.starts_with("run:")) found = pid;
        }
        return found > 0;
    });
    return found;
}

/// A chain over all three hosts that goes on until it is ended; it says "up" when data has come to
/// the end, and would replace a file on each of two hosts.
std::string endless(const TemporaryFolder& folder, const std::string& lines = "") {
    return pipeline({"grace = '1s'", lines}) + kHosts +
           shell("a", "echo $$ > " + folder.path("a.pid") + "; echo x; exec sleep 1000",
                 {"stdin = { null = true }", at(1)}) +
           shell("b", "echo $$ > " + folder.path("b.pid") + "; exec cat",
                 {at(2), "stdout = { file = '" + folder.path("b.txt") + "' }"}) +
           shell("c",
                 "echo $$ > " + folder.path("c.pid") + "; read -r x; echo up > " +
                     folder.path("up") + "; exec cat",
                 {"from = 'b'", at(3), "stdout = '" + folder.path("c.txt") + "'"});
}

/// Runs `endless` and returns when data has passed all of it.
Child start_endless(const TemporaryFolder& folder, const std::string& lines = "",
                    const std::vector<std::string>& options = {}) {
    folder.write("b.txt", "old");
    folder.write("c.txt", "old");
    Child run = start_pipectl(folder, endless(folder, lines), options);
    INFO(run.err());
    REQUIRE(wait_for_file(folder.path("up")) == "up\n");
    return run;
}

void check_old(const TemporaryFolder& folder) {
    CHECK(folder.read("b.txt") == "old");
    CHECK(folder.read("c.txt") == "old");
}

}  // namespace

TEST_CASE("stages on three hosts do what they do on one", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        kHosts + stage("gen", {"seq", "30000"}, {at(1)}) + stage("sort", {"sort", "-rn"}, {at(2)}) +
            stage("top", {"head", "-n", "3"}, {at(3)}) + stage("here", {"cat"}) +
            stage("file", {"cat"}, {"from = 'gen'", at(3), "stdout = 'all.txt'"}),
        {"--json", "record", "--summary"});
    CAPTURE(result);
    REQUIRE(result.status == exited(0));
    CHECK(result.out == "30000\n29999\n29998\n");
    CHECK_THAT(result.err, ContainsSubstring("\nsort@n.2 "));
    CHECK_THAT(result.err, ContainsSubstring("\nhere "));
    CHECK(folder.read("all.txt").size() == 168894);
    const Record record(folder.read("record"));
    CHECK(record.verdict() == "ok");
    CHECK(record.verdict("gen") == "ok");
    CHECK(record.verdict("sort") != "failed");
    CHECK(record.member("sort", "host") == "\"n.2\"");
    CHECK(record.member("sort", "bytes_in") == "168894");
    CHECK_THAT(record.text(), ContainsSubstring("\"name\": \"n.3\""));
    CHECK_THAT(record.text(), ContainsSubstring("\"engine\": \"local\""));
}

TEST_CASE("what pipectl itself reads and writes goes to and from hosts", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    RunOptions options;
    options.stdin_text = "b\na\n";
    const RunResult result =
        run_pipectl(folder, kHosts + stage("sort", {"sort"}, {at(1)}), {}, options);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "a\nb\n");
}

TEST_CASE("a stage fails on a host: its status, no false end, no file replaced", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("c.txt", "old");
    const RunResult result =
        run_pipectl(folder,
                    kHosts + shell("a", "echo x; exit 7", {"stdin = { null = true }", at(1)}) +
                        shell("c", "cat; touch end", {at(2), "stdout = 'c.txt'"}),
                    {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(7));
    CHECK_THAT(result.err, ContainsSubstring("'a'"));
    const Record record(folder.read("record"));
    CHECK(record.verdict("a") == "failed");
    CHECK(record.verdict("c") == "cancelled");
    CHECK_FALSE(folder.has("end"));
    CHECK(folder.read("c.txt") == "old");
}

TEST_CASE("a reader on another host leaves early: its writer is cut", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        kHosts + stage("yes", {"yes"}, {at(1)}) + stage("head", {"head", "-n", "2"}, {at(2)}),
        {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "y\ny\n");
    const Record record(folder.read("record"));
    CHECK(record.verdict("yes") == "cut");
    CHECK(record.verdict("head") == "ok");
}

TEST_CASE("a program or a folder that is not there is told with its host, nothing runs",
          "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, kHosts + shell("a", "touch ran", {"stdin = { null = true }", at(1)}) +
                                stage("b", {"no-such-program"}, {at(2)}) +
                                stage("c", {"cat"}, {at(3), "stdout = '/no/such/folder/x'"}));
    CAPTURE(result);
    CHECK(result.status == exited(127));
    CHECK_THAT(result.err, ContainsSubstring("pipeline.toml:"));
    CHECK_THAT(result.err, ContainsSubstring("(on host 'n.2')"));
    CHECK_THAT(result.err, ContainsSubstring("(on host 'n.3')"));
    CHECK_FALSE(folder.has("ran"));
}

TEST_CASE("a command that is no way to a host: what it said, and nothing runs", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, "[hosts.x]\ncommand = ['sh', '-c', 'echo hello there; exit 9']\n" +
                                shell("a", "touch ran", {"stdin = { null = true }"}) +
                                stage("b", {"cat"}, {"host = 'x'"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("host 'x'"));
    CHECK_THAT(result.err, ContainsSubstring("exited with status 9"));
    CHECK_THAT(result.err, ContainsSubstring("hello there"));
    CHECK_FALSE(folder.has("ran"));
}

TEST_CASE("two hosts that cannot reach each other: data goes over pipectl, unless it may not",
          "[hosts]") {
    if (::geteuid() != 0 || run({"unshare", "-n", "true"}).status != exited(0)) {
        WARN("SKIPPED: only root has networks of its own");
        return;
    }
    const LeakCheck check;
    const TemporaryFolder folder;
    const Child network(
        {"unshare", "-n", "sh", "-c", "ip link set lo up && echo up && exec sleep 1000"});
    REQUIRE(network.wait_for_out("up"));
    const std::string pid = std::to_string(network.pid());
    const auto host = [&](const std::string& more) {
        return "[hosts.x]\ncommand = ['nsenter', '-t', '" + pid + "', '-n']\npipectl = '" +
               PIPECTL_BINARY + "'\n" + more;
    };
    const std::string stages = stage("a", {"seq", "50000"}, {"stdin = { null = true }"}) +
                               stage("b", {"sort", "-rn"}, {"host = 'x'"}) +
                               stage("c", {"head", "-n", "1"});
    const RunResult result = run_pipectl(folder, host("") + stages);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "50000\n");
    CHECK_THAT(result.err, ContainsSubstring("goes over here"));
    const RunResult refused = run_pipectl(folder, host("relay = false\n") + stages);
    CAPTURE(refused);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("no way from host 'here' to host 'x'"));
}

TEST_CASE("greetings before a node speaks are skipped", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("greet", "#!/bin/sh\nseq 2000\nprintf 'Welcome! '\nexec " +
                              std::string(PIPECTL_BINARY) + " node\n");
    const RunResult result =
        run_pipectl(folder, "[hosts.x]\ncommand = ['" + folder.path("greet") + "']\n" +
                                shell("a", "echo x", {"stdin = { null = true }"}) +
                                stage("b", {"cat"}, {"host = 'x'"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "x\n");
}

TEST_CASE("a host that never speaks is given up after start-timeout", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, pipeline({"start-timeout = '300ms'"}) +
                                "[hosts.x]\ncommand = ['sleep', '1000', ';']\n" +
                                stage("b", {"cat"}, {"host = 'x'", "stdin = { null = true }"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("host 'x'"));
}

TEST_CASE("Ctrl-C ends all hosts, and pipectl by the same signal", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder);
    run.signal(SIGINT);
    const RunResult result = run.finish(10s);
    CAPTURE(result);
    CHECK(result.status == killed_by(SIGINT));
    CHECK(none_left(check));
    check_old(folder);
}

TEST_CASE("kill -9 of pipectl: nothing is left on any host", "[hosts][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder);
    const pid_t supervisor = deciding(run.pid());
    const int which = GENERATE(0, 1, 2);
    CAPTURE(which);
    if (which == 2) ::kill(supervisor, SIGSTOP);
    if (which != 1) run.signal(SIGKILL);
    if (which != 0) ::kill(supervisor, SIGKILL);
    (void)run.finish(10s);
    CHECK(none_left(check));
    check_old(folder);
}

TEST_CASE("a node is killed: 125 that names the host, nothing is left", "[hosts][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder, "", {"--json", "record"});
    const std::vector<pid_t> nodes = nodes_of(run.pid());
    REQUIRE(nodes.size() == 3);
    const bool front = GENERATE(true, false);
    CAPTURE(front);
    ::kill(front ? nodes[1] : deciding(nodes[1]), SIGKILL);
    const RunResult result = run.finish(10s);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("host 'n.2' was lost"));
    const Record record(folder.read("record"));
    CHECK(record.verdict("b") == "lost");
    CHECK(record.verdict("a") == "cancelled");
    CHECK(none_left(check));
    check_old(folder);
}

TEST_CASE("a node is frozen: its host is lost after the lease, the others are ended", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder, "lease = '1s'");
    const pid_t node = nodes_of(run.pid()).at(1);
    ::kill(deciding(node), SIGSTOP);
    ::kill(node, SIGSTOP);
    const RunResult result = run.finish(10s);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("nothing was heard from host 'n.2' for 1s"));
    CHECK(none_left(check));
    check_old(folder);
}

TEST_CASE("pipectl is frozen: the nodes end their parts after the lease", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder, "lease = '1s'");
    const pid_t supervisor = deciding(run.pid());
    const std::vector<pid_t> nodes = nodes_of(run.pid());
    ::kill(supervisor, SIGSTOP);
    for (const char* stage : {"a.pid", "b.pid", "c.pid"}) {
        CHECK(wait_for_end(wait_for_pid(folder.path(stage))));
    }
    for (const pid_t node : nodes) {
        CHECK(wait_until([&] { return !is_alive(node); }));
    }
    ::kill(supervisor, SIGCONT);
    const RunResult result = run.finish(10s);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    check_old(folder);
}

TEST_CASE("a stage has its time on a host: 124", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder,
        kHosts +
            stage("a", {"sleep", "1000"}, {"stdin = { null = true }", at(1), "timeout = '200ms'"}) +
            stage("b", {"cat"}, {at(2)}),
        {"--json", "record"});
    CAPTURE(result);
    CHECK(result.status == exited(124));
    const Record record(folder.read("record"));
    CHECK(record.verdict("a") == "timeout");
    CHECK(record.verdict("b") == "cancelled");
}

TEST_CASE("a file cannot be replaced on one host: none is on any", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    folder.write("b.txt", "old");
    folder.write("c.txt", "old");
    const RunResult result = run_pipectl(
        folder,
        kHosts + stage("a", {"echo", "x"}, {"stdin = { null = true }", at(1), "stdout = 'b.txt'"}) +
            stage("b", {"true"},
                  {"stdin = { null = true }", at(2),
                   "stdout = { file = 'c.txt', empty = 'refuse' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("c.txt"));
    CHECK_THAT(result.err, ContainsSubstring("(on host 'n.2')"));
    check_old(folder);
}

TEST_CASE("signals reach a stage on its host through pipectl", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run = start_endless(folder);
    const pid_t stage = wait_for_pid(folder.path("a.pid"));
    REQUIRE(wait_until([&] { return !pipectl_says({"ps"}).out.empty(); }));
    const RunResult said = pipectl_says({"signal", std::to_string(run.pid()) + "/a", "KILL"});
    CAPTURE(said);
    (void)wait_for_end(stage);
    run.signal(SIGINT);
    (void)run.finish(10s);
}

TEST_CASE("secrets go to the host of their stage and to no other", "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    "[params]\nkey = { secret = true, default = 'marker-of-secret' }\n" + kHosts +
                        shell("a", "echo ${#KEY}",
                              {"stdin = { null = true }", at(1), "env = { KEY = '${key}' }"}) +
                        shell("b", "cat", {at(2)}),
                    {"--json", "record", "--events", "events"});
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "16\n");
    CHECK_THAT(folder.read("record"), !ContainsSubstring("marker-of-secret"));
    CHECK_THAT(folder.read("events"), !ContainsSubstring("marker-of-secret"));
}

TEST_CASE("doctor FILE says whether the hosts of a definition answer, and starts nothing",
          "[hosts]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const auto doctor = [&](const std::string& text) {
        const std::string file = folder.write("pipeline.toml", text);
        RunOptions there;
        there.cwd = folder.path();
        return pipectl_says({"doctor", file}, there);
    };
    const std::string gen = stage("gen", {"touch", "started"}, {at(1)});
    const RunResult good = doctor(kHosts + gen + stage("end", {"cat"}, {at(3), "stdout = 'out'"}));
    CAPTURE(good);
    CHECK(good.status == exited(0));
    CHECK_THAT(good.out, ContainsSubstring("ok       host 'n.1'"));
    CHECK_THAT(good.out, ContainsSubstring("ok       host 'n.3'"));
    const RunResult bad = doctor(kHosts + gen + stage("end", {"no-such-program"}, {at(2)}));
    CAPTURE(bad);
    CHECK(bad.status == exited(1));
    CHECK_THAT(bad.err, ContainsSubstring("'no-such-program'"));
    CHECK_THAT(bad.err, ContainsSubstring("on host 'n.2'"));
    CHECK_FALSE(folder.has("started"));
    CHECK_FALSE(folder.has("out"));
}
