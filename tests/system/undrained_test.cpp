// Whoever reads what pipectl says may not read it: no deadline and no signal waits for that.

#include <fcntl.h>
#include <poll.h>
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
    int stalled = STDERR_FILENO;  ///< what nobody reads; else events
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

/// They end as they should, in time, and nothing stays.
void all_end(const LeakCheck& check, std::deque<End>& ends) {
    for (End& end : ends) {
        RunOptions options;
        if (end.stalled == STDERR_FILENO) {
            options.stderr_fd = end.pipe.writer();
        } else {
            options.descriptors = {{end.stalled, end.pipe.writer()}};
        }
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
    all_end(check, ends);
}

TEST_CASE("every end of a run comes in time when nobody reads its events",
          "[undrained][R40][R38]") {
    const LeakCheck check;
    const auto silent = [](const std::string& keys = "") {
        return pipeline({kKeys, keys}) + shell("s", "echo > ready; exec sleep 1000") +
               stage("reader", {"cat"});
    };
    std::deque<End> ends;
    const auto add = [&](End end) {
        end.arguments = {"--events", "/dev/fd/7"};
        end.stalled = 7;
        ends.push_back(std::move(end));
    };
    add({"failure", pipeline({kKeys}) + shell("s", "exit 3"), exited(3)});
    add({"timeout", silent("timeout = '300ms'"), exited(124)});
    add({"INT", silent(), killed_by(SIGINT), send(SIGINT)});
    add({"TERM", silent(), killed_by(SIGTERM), send(SIGTERM)});
    add({"KILL", silent(), killed_by(SIGKILL), send(SIGKILL)});
    add({"stop", silent("name = 'stopped-by-name'"), killed_by(SIGTERM), stop_by_name});
    all_end(check, ends);
    for (const End& end : ends) {
        if (end.name == "KILL") continue;
        INFO(end.name);
        CHECK(end.child->err().find("cannot write events to '/dev/fd/7'") != std::string::npos);
    }
}

TEST_CASE("a terminal that was stopped (Ctrl-S) holds no end up", "[undrained][R40]") {
    const LeakCheck check;
    struct Stopped {
        std::string keys;
        int signal;  ///< to pipectl; 0: none
        ExitStatus status;
        std::unique_ptr<TemporaryFolder> folder = std::make_unique<TemporaryFolder>();
        Pty pty{};
        std::optional<Child> child{};
    };
    std::deque<Stopped> runs;
    runs.push_back({"timeout = '1500ms'", 0, exited(124)});
    runs.push_back({"name = 'stopped-by-name'", 0, killed_by(SIGTERM)});
    for (const int number : {SIGINT, SIGTERM, SIGKILL})
        runs.push_back({"", number, killed_by(number)});
    for (Stopped& run : runs) {
        run.folder->write("pipeline.toml",
                          pipeline({kKeys, run.keys}) +
                              stage("sleeps", {"sleep", "1000"}, {"stdin = { null = true }"}));
        RunOptions options;
        options.cwd = run.folder->path();
        run.child.emplace(run.pty.start(
            {PIPECTL_BINARY, "run", "--progress", "always", "pipeline.toml"}, options));
    }
    for (Stopped& run : runs) {
        REQUIRE(run.pty.wait_for("1 of 1 stage running"));  // in the title
        run.pty.send("\x13");
        if (run.signal != 0) run.child->signal(run.signal);
        if (run.keys.starts_with("name")) stop_by_name(*run.child, *run.folder);
    }
    for (Stopped& run : runs) {
        CAPTURE(run.keys, run.signal);
        const auto status = run.child->wait(5s);
        REQUIRE(status);
        CHECK(*status == run.status);
    }
    CHECK(none_left(check, 3s));
}

// The reader of a FIFO is there, so the run starts; then it takes nothing. pipe(7)
TEST_CASE("a report whose reader takes nothing is given up, and no signal waits for it",
          "[undrained][R40]") {
    const LeakCheck check;
    struct Stalled {
        std::string report;
        int signal;
        ExitStatus status;
        std::unique_ptr<TemporaryFolder> folder = std::make_unique<TemporaryFolder>();
        Fd reader{};
        std::optional<Child> child{};
    };
    std::string definition = stage("make", {"echo", "new"});
    for (int i = 0; i < 20; ++i) {
        definition += stage("cat-" + std::to_string(i), {"cat"});
    }
    std::deque<Stalled> runs;
    for (const char* report : {"--json", "--html"}) {
        runs.push_back({report, 0, exited(125)});
        runs.push_back({report, SIGTERM, exited(125)});
        runs.push_back({report, SIGKILL, killed_by(SIGKILL)});
    }
    for (Stalled& run : runs) {
        const std::string fifo = run.folder->path("fifo");
        REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
        run.reader.reset(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        REQUIRE(::fcntl(run.reader.get(), F_SETPIPE_SZ, 4096) == 4096);
        run.child.emplace(start_pipectl(*run.folder,
                                        definition + stage("last", {"cat"}, {"stdout = 'out'"}),
                                        {run.report, "fifo"}));
    }
    for (Stalled& run : runs) {
        pollfd report{run.reader.get(), POLLIN, 0};
        REQUIRE(::poll(&report, 1, 10'000) == 1);
        if (run.signal != 0) run.child->signal(run.signal);
    }
    for (Stalled& run : runs) {
        CAPTURE(run.report, run.signal);
        const auto status = run.child->wait(5s);
        REQUIRE(status);
        CHECK(*status == run.status);
        CHECK(run.folder->read("out") == "new\n");
        const bool told = run.child->err().find("its reader takes nothing") != std::string::npos;
        CHECK(told == (run.signal != SIGKILL));
    }
    CHECK(none_left(check, 3s));
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

TEST_CASE("a supervisor that was stopped is ended by the guard when pipectl was killed",
          "[undrained][R40][R2]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child run =
        start_pipectl(folder, pipeline({kKeys}) + shell("s", "echo > ready; exec sleep 1000"));
    REQUIRE_FALSE(wait_for_file(folder.path("ready")).empty());
    REQUIRE(wait_until([&] { return has_guard(run.pid()); }));
    const pid_t supervisor = supervisor_of(run.pid());
    ::kill(supervisor, SIGSTOP);
    REQUIRE(wait_until([&] { return state_of(supervisor) == 'T'; }));
    run.signal(SIGKILL);
    CHECK(none_left(check, 3s));
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
