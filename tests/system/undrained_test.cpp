// Whoever reads what pipectl says may not read it: no deadline and no signal waits for that.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "tests/support/pty.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// A pipe that is full, and that nobody reads while this lives.
class FullPipe {
  public:
    FullPipe() : ends_(make_pipe()) {
        set_nonblocking(ends_.writer.get(), true);
        const std::string page(4096, 'x');
        for (const std::size_t size : {page.size(), std::size_t{1}}) {
            while (::write(ends_.writer.get(), page.data(), size) > 0) {
            }
        }
        set_nonblocking(ends_.writer.get(), false);
    }

    [[nodiscard]] int writer() const { return ends_.writer.get(); }
    [[nodiscard]] int reader() const { return ends_.reader.get(); }

  private:
    PipeEnds ends_;
};

const std::string kKeys = "grace = '200ms'";

/// Says more on stderr than anybody reads, for ever; its writer goes on too.
std::string noisy(const std::string& keys = "") {
    return pipeline({kKeys, keys}) +
           shell("noisy", "echo > ready; while :; do echo warning >&2; done") +
           stage("reader", {"cat"});
}

/// One way in which a run ends.
struct End {
    std::string name;
    std::string definition;
    std::optional<ExitStatus> status;
    std::function<void(Child&, const TemporaryFolder&)> act = {};
    std::vector<std::string> arguments = {};
    std::unique_ptr<TemporaryFolder> folder = std::make_unique<TemporaryFolder>();
    FullPipe pipe{};
    std::optional<Child> child{};
};

std::function<void(Child&, const TemporaryFolder&)> send(int number) {
    return [number](Child& child, const TemporaryFolder&) { child.signal(number); };
}

void stop_by_name(Child&, const TemporaryFolder& folder) {
    const std::string name = "stopped-by-name";
    (void)wait_until(
        [&] {
            return run({PIPECTL_BINARY, "stop", name}, {.cwd = folder.path()}).status == exited(0);
        },
        5s);
}

void flood(Child& child, const TemporaryFolder&) {
    for (int i = 0; i < 300; ++i) {
        child.signal(SIGUSR1);
        ::usleep(200);
    }
    child.signal(SIGTERM);
}

}  // namespace

TEST_CASE("every end of a run comes in time when nobody reads its stderr", "[undrained][R40]") {
    const LeakCheck check;
    std::deque<End> ends;
    const auto add = [&](End end) { ends.push_back(std::move(end)); };
    add({"success", pipeline({kKeys}) + shell("s", "echo words >&2; exit 0"), exited(0)});
    add({"failure", pipeline({kKeys}) + shell("s", "echo words >&2; exit 3"), exited(3)});
    add({"refused", stage("s", {"no-such-program"}), exited(127)});
    add({"wrong", "[[stage]]\nrum = ['x']\n", exited(125)});
    add({"timeout", noisy("timeout = '300ms'"), exited(124)});
    add({"INT", noisy(), killed_by(SIGINT), send(SIGINT)});
    add({"TERM", noisy(), killed_by(SIGTERM), send(SIGTERM)});
    add({"HUP", noisy(), killed_by(SIGHUP), send(SIGHUP)});
    add({"KILL", noisy(), killed_by(SIGKILL), send(SIGKILL)});
    add({"stop", noisy("name = 'stopped-by-name'"), killed_by(SIGTERM), stop_by_name});
    add({"USR1", noisy(), killed_by(SIGTERM), flood});
    add({"summary",
         noisy(),
         killed_by(SIGTERM),
         send(SIGTERM),
         {"--summary", "--progress", "always"}});
    add({"prefix", noisy(), killed_by(SIGTERM), send(SIGTERM), {"--prefix"}});
    for (End& end : ends) {
        RunOptions options;
        options.stderr_fd = end.pipe.writer();
        end.child.emplace(start_pipectl(*end.folder, end.definition, end.arguments, options));
    }
    for (End& end : ends) {
        INFO(end.name);
        if (end.act) {
            REQUIRE_FALSE(wait_for_file(end.folder->path("ready")).empty());
            end.act(*end.child, *end.folder);
        }
    }
    for (End& end : ends) {
        INFO(end.name);
        const auto status = end.child->wait(5s);
        REQUIRE(status);
        CHECK(*status == *end.status);
    }
    CHECK(none_left(check, 3s));
}

TEST_CASE("a terminal that was stopped (Ctrl-S) holds no timeout up", "[undrained][R40]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Pty pty;
    folder.write("pipeline.toml",
                 pipeline({kKeys, "timeout = '700ms'"}) +
                     stage("sleeps", {"sleep", "1000"}, {"stdin = { null = true }"}));
    RunOptions options;
    options.cwd = folder.path();
    Child run =
        pty.start({PIPECTL_BINARY, "run", "--progress", "always", "pipeline.toml"}, options);
    REQUIRE(pty.wait_for("sleeps"));
    pty.send("\x13");
    const auto status = run.wait(5s);
    REQUIRE(status);
    CHECK(*status == exited(124));
}

TEST_CASE("a reader of events that falls behind loses the stream and holds nothing up",
          "[undrained][R40][R38]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const FullPipe full;
    RunOptions options;
    options.descriptors = {{7, full.writer()}};
    Child run = start_pipectl(folder, pipeline({kKeys}) + shell("s", "echo > ready; sleep 1000"),
                              {"--events", "/dev/fd/7"}, options);
    REQUIRE_FALSE(wait_for_file(folder.path("ready")).empty());
    run.signal(SIGTERM);
    const auto status = run.wait(5s);
    REQUIRE(status);
    CHECK(*status == killed_by(SIGTERM));
    CHECK(run.err().find("cannot write events to '/dev/fd/7'") != std::string::npos);
}

TEST_CASE("a run that succeeds without all of its events ends with 125", "[undrained][R40][R38]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const FullPipe full;
    RunOptions options;
    options.descriptors = {{7, full.writer()}};
    const RunResult result = run_pipectl(folder, stage("s", {"true"}, {"stdout = 'out'"}),
                                         {"--events", "/dev/fd/7"}, std::move(options));
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.err.find("cannot write events to '/dev/fd/7'") != std::string::npos);
    CHECK(folder.has("out"));
}

// The record waits for its reader, when the files have long been replaced.
TEST_CASE("what is said of a supervisor that dies while it reports is true", "[undrained][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string fifo = folder.path("record");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(::fcntl(reader.get(), F_SETPIPE_SZ, 4096) == 4096);
    std::string definition = stage("make", {"echo", "new"});
    for (int i = 0; i < 20; ++i) {
        definition += stage("cat-" + std::to_string(i), {"cat"});
    }
    Child run = start_pipectl(folder, definition + stage("last", {"cat"}, {"stdout = 'out'"}),
                              {"--json", "record"});
    const pid_t supervisor = supervisor_of(run.pid());
    REQUIRE(wait_until([&] { return folder.has("out") && folder.read("out") == "new\n"; }));
    ::kill(supervisor, SIGKILL);
    const RunResult result = run.finish();
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.err.find("its files had been replaced") != std::string::npos);
    CHECK(none_left(check));
}

TEST_CASE("a FIFO for events that nobody reads refuses the run", "[undrained][R40]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    const RunResult result = run_pipectl(folder, shell("s", "touch ran"), {"--events", "fifo"});
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK_FALSE(folder.has("ran"));
}

TEST_CASE("a supervisor that does not answer is ended after the grace period", "[undrained][R40]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run =
        start_pipectl(folder, pipeline({kKeys}) + shell("s", "echo > ready; exec sleep 1000"));
    REQUIRE_FALSE(wait_for_file(folder.path("ready")).empty());
    ::kill(supervisor_of(run.pid()), SIGSTOP);
    run.signal(SIGTERM);
    const RunResult result = run.finish(6s);
    INFO(to_text(result));
    CHECK(result.status == exited(125));
    CHECK(result.err.find("did not answer") != std::string::npos);
    CHECK(none_left(check));
}

TEST_CASE("what waited for its reader comes when somebody reads again", "[undrained][R40]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const FullPipe full;
    RunOptions options;
    options.stderr_fd = full.writer();
    Child run = start_pipectl(
        folder, pipeline({kKeys}) + shell("s", "echo > ready; exec sleep 1000"), {}, options);
    REQUIRE_FALSE(wait_for_file(folder.path("ready")).empty());
    for (int i = 0; i < 20; ++i) {
        run.signal(SIGUSR1);
        ::usleep(1000);
    }
    set_nonblocking(full.reader(), true);
    std::string got;
    const bool told = wait_until([&] {
        char block[65536];
        const ssize_t size = ::read(full.reader(), block, sizeof block);
        got.append(block, size > 0 ? static_cast<std::size_t>(size) : 0);
        return got.find("1 of 1 stage running") != std::string::npos;
    });
    CHECK(told);
    run.signal(SIGTERM);
    CHECK(run.wait(5s) == killed_by(SIGTERM));
}
