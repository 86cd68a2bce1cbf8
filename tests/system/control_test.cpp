// `pipectl ps`, `top`, `stop` and `signal`: runs are seen, asked and ended from outside, and nobody
// who asks can hold one up.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "orchestrator/traces/control_wire.hpp"
#include "orchestrator/traces/live_runs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A pipeline's name that no run of somebody else on this machine has.
std::string unique(const std::string& name) {
    return name + "-" + std::to_string(::getpid());
}

/// Two stages that wait for input which does not come.
std::string two_cats() {
    return pipeline({"name = '" + unique("waits") + "'"}) + stage("first", {"cat"}) +
           stage("second", {"cat"});
}

/// The runs of this test alone.
std::vector<LiveRun> own_runs() {
    std::vector<LiveRun> runs = find_live_runs();
    std::erase_if(runs, [](const LiveRun& one) {
        return !one.folder.starts_with(std::string(::getenv("XDG_RUNTIME_DIR")) + "/");
    });
    return runs;
}

/// A run that lasts until its input is closed, once it can be asked.
struct Waiting {
    explicit Waiting(const TemporaryFolder& folder, const std::string& definition = two_cats(),
                     const std::vector<std::string>& arguments = {})
        : input(make_pipe()), child(start(folder, definition, arguments)) {
        REQUIRE(wait_until([&] { return !id().empty(); }));
    }
    Child start(const TemporaryFolder& folder, const std::string& definition,
                const std::vector<std::string>& arguments) {
        RunOptions options;
        options.stdin_fd = input.reader.get();
        Child started = start_pipectl(folder, definition, arguments, options);
        input.reader.reset();
        return started;
    }
    /// The run's id once `ps` knows it; of the only one.
    [[nodiscard]] static std::string id() {
        const auto runs = own_runs();
        return runs.empty() || !ask_record(runs.front()) ? "" : runs.front().run;
    }
    PipeEnds input;
    Child child;
};

Fd connect_to_run() {
    const auto runs = own_runs();
    REQUIRE(!runs.empty());
    const Fd folder(::open(runs.front().folder.c_str(), O_PATH | O_CLOEXEC));
    Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = control::address_in(folder.get());
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return socket;
}

}  // namespace

TEST_CASE("ps prints a line for a run with its id first", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const RunResult listed = pipectl_says({"ps"});
    CHECK(listed.status == exited(0));
    CHECK_THAT(listed.out,
               ContainsSubstring("\n" + Waiting::id().substr(0, 8) + "  " + unique("waits")));
    CHECK_THAT(listed.out, ContainsSubstring("running     2/2"));
    CHECK_THAT(pipectl_says({"ps", "--json"}).out, ContainsSubstring("\"stages_running\": 2"));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
    CHECK(pipectl_says({"ps", "--json"}).out.find(unique("waits")) == std::string::npos);
}

TEST_CASE("ps says of a run that is stopped that it is", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    waiting.child.signal(SIGTSTP);
    CHECK(wait_until(
        [] { return pipectl_says({"ps"}).out.find("stopped     2/2") != std::string::npos; }));
    waiting.child.signal(SIGCONT);
    CHECK(wait_until(
        [] { return pipectl_says({"ps"}).out.find("running     2/2") != std::string::npos; }));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("a run's folder and socket are the user's alone and go with the run",
          "[control][S1][R37]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const std::string place = own_runs().front().folder;
    struct stat info {};
    REQUIRE(::stat(place.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    CHECK(std::filesystem::exists(place + "/control"));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
    CHECK_FALSE(std::filesystem::exists(place));
}

TEST_CASE("stop ends a run as SIGTERM does and returns when all is over", "[control][R1]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder, two_cats(), {"--json", "record.json"});
    const RunResult stopped = pipectl_says({"stop", Waiting::id().substr(0, 8)});
    CHECK(stopped.status == exited(0));
    CHECK(own_runs().empty());
    CHECK(waiting.child.finish().status == killed_by(SIGTERM));
    CHECK(Record(folder.read("record.json")).verdict() == "cancelled");
}

TEST_CASE("stop takes the name of a pipeline and ends a run that is stopped", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    CHECK(pipectl_says({"signal", unique("waits"), "TSTP"}).status == exited(0));
    waiting.child.signal(SIGSTOP);
    CHECK(pipectl_says({"stop", unique("waits")}).status == exited(0));
    CHECK(waiting.child.finish().status == killed_by(SIGTERM));
}

TEST_CASE("stop --now does not wait for stages that ignore their cancelling signal",
          "[control][R4]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder, pipeline({"name = '" + unique("deaf") + "'", "grace = '1h'"}) +
                                stage("deaf", {"cat"}, {"signals = { ignore = ['SIGTERM'] }"}));
    CHECK(pipectl_says({"stop", unique("deaf"), "--now"}).status == exited(0));
    const RunResult result = waiting.child.finish();
    CHECK(result.status == killed_by(SIGTERM));
    CHECK_FALSE(result.timed_out);
}

TEST_CASE("signal reaches one stage or all of them", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder, pipeline({"name = '" + unique("ears") + "'"}) +
                                shell("left",
                                      "trap 'echo got >> left' USR1; : > left.ready; "
                                      "while [ ! -e end ]; do sleep 0.02; done") +
                                shell("right",
                                      "trap 'echo got >> right' USR1; : > right.ready; "
                                      "while [ ! -e end ]; do sleep 0.02; done"));
    REQUIRE(wait_until([&] { return folder.has("left.ready") && folder.has("right.ready"); }));
    CHECK(pipectl_says({"signal", unique("ears") + "/right", "SIGUSR1"}).status == exited(0));
    CHECK(wait_until([&] { return folder.has("right"); }));
    CHECK_FALSE(folder.has("left"));
    CHECK(pipectl_says({"signal", unique("ears"), std::to_string(SIGUSR1)}).status == exited(0));
    CHECK(wait_until([&] { return folder.has("left"); }));
    CHECK(wait_until([&] { return folder.read("right") == "got\ngot\n"; }));
    (void)folder.write("end", "x");
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("what names no run or no stage is told with the nearest name", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    CHECK_THAT(pipectl_says({"stop", unique("waist")}).err,
               ContainsSubstring("did you mean '" + unique("waits")));
    CHECK_THAT(pipectl_says({"signal", unique("waits") + "/frist", "TERM"}).err,
               ContainsSubstring("did you mean 'first'?"));
    CHECK_THAT(pipectl_says({"signal", unique("waits"), "SIGTREM"}).err,
               ContainsSubstring("unknown signal 'SIGTREM'"));
    CHECK(pipectl_says({"stop", ""}).status == exited(125));
    CHECK(pipectl_says({"signal", unique("waits") + "/", "TERM"}).status == exited(125));
    CHECK(waiting.child.running());
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
    const RunResult late = pipectl_says({"stop", unique("waits")});
    CHECK(late.status == exited(125));
    CHECK_THAT(late.err, ContainsSubstring("no run '" + unique("waits") + "' goes on"));
}

TEST_CASE("several runs with one name have to be told apart by their ids", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const TemporaryFolder other;
    Waiting one(folder);
    Waiting two(other);
    // both have to answer: one that does not has no name yet
    REQUIRE(wait_until([] {
        const auto runs = own_runs();
        return runs.size() == 2 && ask_record(runs.front()) && ask_record(runs.back());
    }));
    const RunResult result = pipectl_says({"stop", unique("waits")});
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("several runs"));
    for (const LiveRun& live : own_runs()) {
        CHECK(pipectl_says({"stop", live.run}).status == exited(0));
    }
    CHECK(one.child.finish().status == killed_by(SIGTERM));
    CHECK(two.child.finish().status == killed_by(SIGTERM));
}

TEST_CASE("stalled and senseless clients do not hold a run up", "[control][R40]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    std::vector<Fd> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(connect_to_run());
        if (clients.back()) {
            // requests whose answers nobody reads, and packets that are no requests
            const std::string request = i % 2 == 0 ? "record" : std::string(8192, '\xff');
            control::send_packet(clients.back().get(), request, -1);
        }
    }
    CHECK(wait_until(
        [] { return pipectl_says({"ps"}).out.find(unique("waits")) != std::string::npos; }));
    (void)!::write(waiting.input.writer.get(), "passes\n", 7);
    CHECK(waiting.child.wait_for_out("passes\n"));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("a client that does not read keeps nobody awake", "[control][R32][R40][alone]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const Fd stalled = connect_to_run();
    REQUIRE(stalled);
    control::send_packet(stalled.get(), "record", -1);
    pollfd answered{stalled.get(), POLLIN, 0};
    REQUIRE(::poll(&answered, 1, 10000) == 1);
    const std::string path =
        "/proc/" + std::to_string(supervisor_of(waiting.child.pid())) + "/status";
    const auto switches = [&] {
        const std::string status = read_small_file(path);
        const std::string key = "\nvoluntary_ctxt_switches:";
        return std::stol(status.substr(status.find(key) + key.size()));
    };
    (void)wait_until([] { return false; }, 300ms);
    const long before = switches();
    (void)wait_until([] { return false; }, 1s);
    CHECK(switches() - before <= 10);  // looks at the processes, which grow rarer
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("the socket goes when pipectl is killed", "[control][R37]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const std::string place = own_runs().front().folder;
    const pid_t supervisor = supervisor_of(waiting.child.pid());
    SECTION("the front") {
        waiting.child.signal(SIGKILL);
    }
    SECTION("the supervisor") {
        ::kill(supervisor, SIGKILL);
    }
    SECTION("both") {
        REQUIRE(wait_until([&] { return has_guard(waiting.child.pid()); }));
        ::kill(waiting.child.pid(), SIGSTOP);
        ::kill(supervisor, SIGKILL);
        waiting.child.signal(SIGKILL);
    }
    CHECK(wait_until([&] { return !std::filesystem::exists(place); }, 5s));
    (void)waiting.child.finish();
}

TEST_CASE("top prints once where there is no terminal", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const RunResult result = pipectl_says({"top", unique("waits")});
    CHECK(result.status == exited(0));
    CHECK_THAT(result.out, ContainsSubstring(unique("waits") + "  running for"));
    CHECK_THAT(result.out, ContainsSubstring("  second"));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("an end that is held back is told by ps and top", "[control][R42]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder,
                    shell("early", "exec >&-; read line || true") + stage("reader", {"cat"}));
    CHECK(wait_until([] {
        return pipectl_says({"ps"}).out.find("2/2, 'early' holds its end") != std::string::npos;
    }));
    CHECK_THAT(pipectl_says({"ps", "--json"}).out, ContainsSubstring("\"holds_end_back\": true"));
    CHECK_THAT(pipectl_says({"top"}).out, ContainsSubstring("early   holds its end"));
    const std::string word = "pipectl: 'early' has closed its output and works on";
    CHECK(waiting.child.wait_for_err(word, 20s));
    CHECK_THAT(waiting.child.err(), ContainsSubstring("end = \"closed\""));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("top draws on a terminal until q and gives it back", "[control]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    Pty terminal;
    const termios before = terminal.settings();
    Child top = terminal.start({PIPECTL_BINARY, "top"});
    CHECK(terminal.wait_for(unique("waits")));
    CHECK(terminal.wait_for("second"));
    SECTION("q") {
        terminal.send("q");
        CHECK(top.finish().status == exited(0));
    }
    SECTION("Ctrl-C") {
        terminal.send(kCtrlC);
        CHECK(top.finish().status == killed_by(SIGINT));
    }
    CHECK(terminal.wait_for("\x1b[?1049l"));
    CHECK(same_settings(before, terminal.settings()));
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}

TEST_CASE("another user's run is named as such and not asked", "[control][S6]") {
    if (::geteuid() != 0) SUCCEED("SKIPPED: needs root to be two users");
    if (::geteuid() != 0) return;
    const LeakCheck leaks;
    const std::string id(32, 'a');
    const std::string place = leaks.runtime_folder() + "/pipectl." + id;
    REQUIRE(::mkdir(place.c_str(), 0700) == 0);
    REQUIRE(::chown(place.c_str(), 1, 1) == 0);
    const RunResult result = pipectl_says({"stop", "aaaa"});
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("is of user 'daemon'"));
    CHECK(pipectl_says({"ps", "--json"}).out.find(id) == std::string::npos);
    ::rmdir(place.c_str());
}

TEST_CASE("a run's socket is the user's alone, and serves nobody else", "[control][S1]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    Waiting waiting(folder);
    const std::string place = own_runs().front().folder;
    const std::string socket = place + "/" + control::kSocketName;
    struct stat status {};
    REQUIRE(::stat(socket.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    if (::geteuid() == 0) {
        // were both open to all, the peer is still asked who it is
        REQUIRE(::chmod(leaks.runtime_folder().c_str(), 0711) == 0);
        REQUIRE((::chmod(place.c_str(), 0711) == 0 && ::chmod(socket.c_str(), 0666) == 0));
        Worker stranger(
            [&] {
                if (::setuid(65534) != 0) return 99;
                const Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
                sockaddr_un address{};
                address.sun_family = AF_UNIX;
                socket.copy(address.sun_path, sizeof address.sun_path - 1);
                if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) !=
                    0) {
                    return 98;
                }
                (void)::send(fd.get(), "record", 6, MSG_NOSIGNAL);
                char answer[64];
                return ::recv(fd.get(), answer, sizeof answer, 0) > 0 ? 1 : 0;
            },
            {});
        CHECK(stranger.wait() == exited(0));
        REQUIRE(::chmod(place.c_str(), 0700) == 0);
        REQUIRE(::chmod(leaks.runtime_folder().c_str(), 0700) == 0);
    }
    waiting.input.writer.reset();
    CHECK(waiting.child.finish().status == exited(0));
}
