// `pipectl ipc` and what it relies on: it sees what runs have in the kernel, and removes what a
// crash left and nothing else.

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "orchestrator/traces/run_folder.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/run_remains.hpp"
#include "stages/objects/sysv_object.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;
using channel::make_object_name;
using channel::sysv_name;
using channel::SysvKind;

namespace {

RunResult ipc(const std::vector<std::string>& words) {
    std::vector<std::string> argv = {PIPECTL_BINARY, "ipc"};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
}

/// The line of `ipc ls` about an object, blanks made one; empty: there is none.
std::string line_about(const std::string& name) {
    std::istringstream lines(ipc({"ls"}).out);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with("  " + name)) return line;
    }
    return "";
}

bool is_called(const std::string& name, const std::string& state) {
    return line_about(name).find("  " + state + "  ") != std::string::npos;
}

int make_queue() {
    const int id = ::msgget(IPC_PRIVATE, 0600);
    REQUIRE(id >= 0);
    return id;
}

bool is_there(int queue) {
    msqid_ds status{};
    return ::msgctl(queue, IPC_STAT, &status) == 0;
}

/// What a run leaves whose processes were all killed in one instant.
struct Crashed {
    explicit Crashed(const std::string& place) : folder(place + "/" + make_object_name()) {
        { const Fd owner = channel::make_owned_folder(folder); }
        queue = make_queue();
        channel::list_object(channel::open_object_list(folder).get(),
                             sysv_name(SysvKind::queue, queue));
        ::mkfifo((folder + "/edge").c_str(), 0600);
    }
    std::string folder;
    int queue = -1;
};

/// A run that waits for input, with a queue, and a folder of its own.
struct WaitingRun {
    explicit WaitingRun(const LeakCheck& leaks) : input(make_pipe()) {
        RunOptions options;
        options.stdin_fd = input.reader.get();
        process.emplace(start_pipectl(
            folder, pipeline({"via = 'sysv-mq'"}) + stage("a", {"cat"}) + stage("b", {"cat"}), {},
            options));
        input.reader.reset();
        REQUIRE(wait_until([&] {
            for (const auto& entry : std::filesystem::directory_iterator(leaks.runtime_folder())) {
                place = entry.path().string();
            }
            std::ifstream list(channel::object_list_path(place));
            std::string line;
            while (std::getline(list, line)) {
                queue = line;
            }
            return queue.starts_with("sysv:msg:");
        }));
    }
    PipeEnds input;
    TemporaryFolder folder;
    std::optional<Child> process;
    std::string place;
    std::string queue;
};

}  // namespace

TEST_CASE("nothing of a live run is touched by ipc clean", "[S18][R37]") {
    const LeakCheck leaks;
    WaitingRun live(leaks);
    CHECK(is_called(live.place, "live"));
    CHECK(is_called(live.queue, "live"));
    const RunResult cleaned = ipc({"clean"});
    CHECK(cleaned.status == exited(0));
    CHECK(cleaned.out.find(live.place) == std::string::npos);
    REQUIRE(write_all(live.input.writer.get(), "all of it\n") == 0);
    live.input.writer.reset();
    const RunResult result = live.process->finish();
    CHECK(result.status == exited(0));
    CHECK(result.out == "all of it\n");
}

TEST_CASE("what a crash left is named by ipc ls and removed by ipc clean", "[R37]") {
    const LeakCheck leaks;
    const Crashed crashed(leaks.runtime_folder());
    const std::string memory = "/dev/shm/" + make_object_name();
    std::ofstream(memory) << "x";
    CHECK(is_called(crashed.folder, "orphaned"));
    CHECK(is_called(sysv_name(SysvKind::queue, crashed.queue), "orphaned"));
    CHECK(is_called(memory, "orphaned"));
    CHECK_THAT(
        ipc({"ls", "--format", "json"}).out,
        ContainsSubstring("\"kind\": \"shared memory\", \"state\": \"orphaned\", \"name\": \"" +
                          memory + "\""));

    const RunResult dry = ipc({"clean", "--dry-run"});
    CHECK_THAT(dry.out, ContainsSubstring("would remove run folder '" + crashed.folder + "'\n"));
    CHECK_THAT(dry.out, ContainsSubstring("would remove shared memory '" + memory + "'\n"));
    const RunResult told = ipc({"clean", "--dry-run", "--json"});
    CHECK_THAT(told.out, ContainsSubstring("\"name\": \"" + memory + "\""));
    CHECK_THAT(told.out, ContainsSubstring("\"removed\": false}"));
    CHECK(is_there(crashed.queue));
    CHECK(std::filesystem::exists(memory));

    const RunResult cleaned = ipc({"clean"});
    CHECK(cleaned.status == exited(0));
    CHECK_THAT(cleaned.out, ContainsSubstring("removed run folder '" + crashed.folder + "'\n"));
    CHECK_THAT(cleaned.out, ContainsSubstring("removed System V object 'sysv:msg:"));
    CHECK_FALSE(is_there(crashed.queue));
    CHECK_FALSE(std::filesystem::exists(crashed.folder));
    CHECK_FALSE(std::filesystem::exists(memory));
}

TEST_CASE("what somebody has open or locked is not orphaned", "[S18]") {
    const LeakCheck leaks;
    const std::string memory = "/dev/shm/" + make_object_name();
    const std::string folder = leaks.runtime_folder() + "/" + make_object_name();
    {
        const Fd open(::open(memory.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        const Fd owner = channel::make_owned_folder(folder);
        CHECK(is_called(memory, "live"));
        CHECK(is_called(folder, "live"));
        CHECK(ipc({"clean"}).status == exited(0));
        CHECK(std::filesystem::exists(memory));
        CHECK(std::filesystem::exists(folder));
    }
    const RunResult cleaned = ipc({"clean", "--json"});
    CHECK(cleaned.status == exited(0));
    CHECK_THAT(cleaned.out, ContainsSubstring("\"removed\": true}"));
    CHECK_FALSE(std::filesystem::exists(memory));
    CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("a list of an earlier boot or of foreign objects removes nothing", "[S18][R37]") {
    const LeakCheck leaks;
    const std::string place = leaks.runtime_folder() + "/" + make_object_name();
    { const Fd owner = channel::make_owned_folder(place); }
    const int queue = make_queue();
    const int shared = ::msgget(IPC_PRIVATE, 0644);
    SECTION("earlier boot") {
        std::ofstream(channel::object_list_path(place))
            << "boot 00000000-0000-0000-0000-000000000000\n"
            << sysv_name(SysvKind::queue, queue) << "\n";
    }
    SECTION("not private") {
        channel::list_object(channel::open_object_list(place).get(),
                             sysv_name(SysvKind::queue, shared));
    }
    CHECK(ipc({"clean"}).status == exited(0));
    CHECK_FALSE(std::filesystem::exists(place));
    CHECK(is_there(queue));
    CHECK(is_there(shared));
    ::msgctl(queue, IPC_RMID, nullptr);
    ::msgctl(shared, IPC_RMID, nullptr);
}

TEST_CASE("a folder that cannot be removed keeps all that is in it", "[ipc][S18]") {
    const LeakCheck leaks;
    const std::string place = leaks.runtime_folder() + "/" + make_object_name();
    { const Fd owner = channel::make_owned_folder(place); }
    const int queue = make_queue();
    channel::list_object(channel::open_object_list(place).get(), sysv_name(SysvKind::queue, queue));
    std::ofstream(place + "/notes") << "text";
    std::filesystem::create_directory(place + "/inner");
    (void)ipc({"clean"});
    CHECK(std::filesystem::exists(place + "/notes"));
    CHECK(std::filesystem::exists(channel::object_list_path(place)));
    CHECK(is_there(queue));
    std::filesystem::remove(place + "/inner");
    CHECK(ipc({"clean"}).status == exited(0));
    CHECK_FALSE(std::filesystem::exists(place));
    CHECK_FALSE(is_there(queue));
}

TEST_CASE("another user's objects stay", "[S18]") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs root");
        return;
    }
    const LeakCheck leaks;
    const std::string memory = "/dev/shm/" + make_object_name();
    const std::string folder = "/tmp/" + make_object_name();
    Worker other(
        [&] {
            constexpr uid_t kNobody = 65534;
            if (::setuid(kNobody) != 0) return 1;
            const Fd open(::open(memory.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
            const Fd owner = channel::make_owned_folder(folder);
            return open && owner ? 0 : 1;
        },
        {});
    REQUIRE(other.wait() == exited(0));
    CHECK(is_called(memory, "unknown"));
    CHECK(is_called(folder, "unknown"));
    CHECK(ipc({"clean"}).status == exited(0));
    CHECK(std::filesystem::remove(memory));
    CHECK(std::filesystem::remove(folder));
}

TEST_CASE("a guarded run leaves no System V object when all of pipectl is killed at once",
          "[R37]") {
    const LeakCheck leaks;
    WaitingRun live(leaks);
    const pid_t front = live.process->pid();
    REQUIRE(wait_until([&] { return has_guard(front); }));
    const pid_t supervisor = supervisor_of(front);
    ::kill(front, SIGSTOP);
    ::kill(supervisor, SIGKILL);
    ::kill(front, SIGKILL);
    CHECK(wait_until([&] { return !std::filesystem::exists(live.place); }, 2s));
    CHECK(none_left(leaks));
    CHECK(line_about(live.queue).empty());
}

TEST_CASE("ipc takes ls, clean, rm or mk") {
    const LeakCheck leaks;
    const std::string usage =
        "\nusage: pipectl ipc ls|clean|rm|mk [OPTIONS] [NAME...]   (more: pipectl ipc --help)\n";
    CHECK(ipc({}).err == "pipectl ipc: 'ls', 'clean', 'rm' or 'mk' is missing" + usage);
    CHECK(ipc({"claen"}).err ==
          "pipectl ipc: 'claen' is none of 'ls', 'clean', 'rm' and 'mk'; did you mean 'clean'?" +
              usage);
    CHECK(ipc({"claen"}).status == exited(125));
}

TEST_CASE("where POSIX queues have a folder those that a crash left are seen and removed",
          "[R37]") {
    const LeakCheck check;
    // a /dev of its own, with the file system of queues that this machine may not have mounted;
    // the new mount namespace begins with none of the queues of others: a new IPC namespace
    const std::string script = R"(
        mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/shm /mnt/mqueue &&
        cp -a /dev/null /dev/urandom /mnt/ && mount -t mqueue none /mnt/mqueue &&
        mount --move /mnt /dev || { echo no mount; exit 0; }
        touch /dev/mqueue/other /dev/mqueue/$2
        "$1" ipc ls && "$1" ipc clean --dry-run && ls /dev/mqueue && "$1" ipc clean
        ls /dev/mqueue)";
    const std::string name = make_object_name();
    const RunResult seen =
        run({"unshare", "-m", "-i", "sh", "-c", script, "sh", PIPECTL_BINARY, name});
    CAPTURE(seen);
    if (seen.status.code != 0 || seen.out == "no mount\n") {
        WARN("SKIPPED: no file system of queues can be mounted");
        return;
    }
    const std::string path = "/dev/mqueue/" + name;
    CHECK_THAT(seen.out, ContainsSubstring("POSIX queue      orphaned"));
    CHECK_THAT(seen.out, ContainsSubstring("would remove POSIX queue '" + path + "'\nother\n" +
                                           name + "\nremoved POSIX queue '" + path + "'\n"));
    CHECK(seen.out.ends_with("\nother\n"));
}
