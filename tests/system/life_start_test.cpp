// What a stage is started with, and what it can do to others by it: signals, descriptors, flags.

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

constexpr const char* kNoInput = "stdin = { null = true }";

std::string mask_line(const char* name, const std::vector<int>& signals) {
    unsigned long long mask = 0;
    for (const int number : signals) {
        mask |= 1ULL << (number - 1);
    }
    char text[64];
    std::snprintf(text, sizeof text, "%s:\t%016llx\n", name, mask);
    return text;
}

bool is_nonblocking(int fd) {
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

}  // namespace

TEST_CASE("stages start with an empty mask and default signals, but for what was ignored",
          "[R12]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, stage("first", {misbehave(), "print-signals"}), {},
        {.ignored_signals = {SIGPIPE, SIGHUP, SIGINT, SIGCHLD},
         .blocked_signals = {SIGTERM, SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE, SIGTSTP, SIGTTOU}});
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    CHECK(result.out == mask_line("SigBlk", {}) + mask_line("SigIgn", {SIGHUP, SIGINT}) +
                            mask_line("SigCgt", {}));
}

TEST_CASE("a definition says which signals a stage starts with") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder,
                    stage("first", {misbehave(), "print-signals"},
                          {"signals = { ignore = ['SIGQUIT'], default = ['SIGHUP'] }"}),
                    {}, {.ignored_signals = {SIGHUP, SIGINT}});
    INFO(to_text(result));
    CHECK(result.out == mask_line("SigBlk", {}) + mask_line("SigIgn", {SIGQUIT, SIGINT}) +
                            mask_line("SigCgt", {}));
}

TEST_CASE("each of 300 stages has its three descriptors and no other", "[R13]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    std::string definition;
    for (int i = 0; i < 300; ++i) {
        const std::string number = std::to_string(i);
        definition += stage("s" + number, {misbehave(), "print-descriptors", folder.path(number)});
    }
    const int stray[2] = {::open("/dev/null", O_RDONLY), ::open("/dev/null", O_RDONLY)};
    const RunResult result = run_pipectl(
        folder, definition, {}, {.descriptors = {{3, stray[0]}, {77, stray[1]}}, .timeout = 90s});
    ::close(stray[0]);
    ::close(stray[1]);
    INFO(to_text(result));
    CHECK(result.status == exited(0));
    for (int i = 0; i < 300; ++i) {
        const std::string lines = folder.read(std::to_string(i));
        std::string numbers;
        for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
            numbers += lines.substr(at, lines.find(' ', at) - at) + " ";
        }
        INFO("stage " << i << ":\n" << lines);
        CHECK(numbers == "0 1 2 ");
    }
}

TEST_CASE("a stage sees its named ports and no other descriptor", "[R13]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result = run_pipectl(
        folder, stage("left", {"echo", "l"}) + stage("right", {"echo", "r"}, {kNoInput}) +
                    stage("middle", {misbehave(), "print-descriptors", folder.path("list")},
                          {"from = 'left'\ninputs = { other = 'right' }\noutputs = ['bad']"}) +
                    stage("bad", {"cat"}, {"from = 'middle.bad'"}));
    INFO(to_text(result));
    const std::string lines = folder.read("list");
    INFO(lines);
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 5);
}

TEST_CASE("a hundred readers see the end of their data beside a hundred that sleep",
          "[R14][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int pairs = long_tests() ? 100 : 40;
    std::string definition = pipeline({"grace = '1s'"});
    for (int i = 0; i < pairs; ++i) {
        const std::string number = std::to_string(i);
        definition += stage("writer" + number, {"echo", "data"}, {i > 0 ? kNoInput : ""}) +
                      stage("reader" + number, {misbehave(), "sum", folder.path(number)}) +
                      stage("sleeper" + number, {"sleep", "1000"}, {kNoInput});
    }
    Child run = start_pipectl(folder, definition);
    for (int i = 0; i < pairs; ++i) {
        INFO("reader " << i);
        CHECK_FALSE(wait_for_file(folder.path(std::to_string(i)), 30s).empty());
    }
    CHECK(run.running());
    run.signal(SIGTERM);
    CHECK(run.finish().status == killed_by(SIGTERM));
}

TEST_CASE("an early reader sees the end of its data while a hundred stages are still started",
          "[R14][alone]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // each of the hundred is started only after it was preceded by many others: the reader's end
    // comes before the last of them when nothing waits for the start to be over
    std::string definition =
        pipeline({"grace = '1s'"}) + stage("writer", {"true"}) + stage("reader", {"cat"});
    for (int i = 0; i < 200; ++i) {
        definition += stage("sleeper" + std::to_string(i), {"sleep", "1000"}, {kNoInput});
    }
    Child run = start_pipectl(folder, definition, {"--events", "events"});
    const std::string last = "\"stage\":\"sleeper199\",\"pid\"";
    REQUIRE(wait_until(
        [&] {
            return folder.has("events") && folder.read("events").find(last) != std::string::npos;
        },
        30s));
    const std::string events = folder.read("events");
    const std::size_t ended = events.find("\"event\":\"process-ended\",\"stage\":\"reader\"");
    CHECK(ended < events.find(last));
    run.signal(SIGTERM);
    CHECK(run.finish().status == killed_by(SIGTERM));
}

TEST_CASE("no zombie stays while the other stages go on", "[R6]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const int count = long_tests() ? 1000 : 300;
    std::string definition = stage("last", {misbehave(), "wait-for-file", folder.path("go")});
    for (int i = 0; i < count; ++i) {
        definition += stage("s" + std::to_string(i), {"true"}, {kNoInput});
    }
    Child run = start_pipectl(folder, definition);
    const pid_t supervisor = supervisor_of(run.pid());
    // children of either kind: a zombie is one until it is waited for
    const bool alone = wait_until(
        [&] {
            const std::vector<pid_t> children = children_of(supervisor);
            return children.size() == 1 && state_of(children[0]) == 'S';
        },
        60s);
    CHECK(alone);
    // the supervisor, and the one that stands by for the guard
    CHECK(children_of(run.pid()).size() == 2);
    folder.write("go", "");
    CHECK(run.finish().status == exited(0));
}

TEST_CASE("a stage that makes what it inherited non-blocking does so for itself alone", "[R15]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    auto [in_reader, in_writer] = make_pipe();
    Pty pty;
    const std::string definition = shell(
        "breaker", misbehave() + " set-nonblocking 0; " + misbehave() + " set-nonblocking 1; " +
                       misbehave() + " set-nonblocking 2; " + misbehave() + " announce done; true");
    Child run = start_pipectl(
        folder, definition, {},
        {.stdin_fd = in_reader.get(), .stdout_fd = pty.terminal(), .stderr_fd = pty.terminal()});
    wait_for_pid(folder.path("done"));
    CHECK_FALSE(is_nonblocking(in_reader.get()));
    CHECK_FALSE(is_nonblocking(pty.terminal()));
    run.signal(SIGTERM);
    CHECK(run.finish().status == killed_by(SIGTERM));
    CHECK_FALSE(is_nonblocking(in_reader.get()));
    CHECK_FALSE(is_nonblocking(pty.terminal()));
}

TEST_CASE("flags of an inherited socket are put back, also when the supervisor is killed",
          "[R15]") {
    const LeakCheck check;
    for (const bool kill_it : {false, true}) {
        const TemporaryFolder folder;
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        const Fd ours(ends[0]);
        const Fd theirs(ends[1]);
        Child run = start_pipectl(folder,
                                  shell("breaker", misbehave() + " set-nonblocking 1; " +
                                                       misbehave() + " announce done; true"),
                                  {}, {.stdout_fd = theirs.get()});
        wait_for_pid(folder.path("done"));
        if (kill_it) {
            ::kill(supervisor_of(run.pid()), SIGKILL);
        } else {
            run.signal(SIGTERM);
        }
        (void)run.finish();
        CHECK_FALSE(is_nonblocking(theirs.get()));
    }
}
