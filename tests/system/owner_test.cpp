// What belongs to somebody else is not ours, whatever it is called and wherever it lies.

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "orchestrator/traces/control_wire.hpp"
#include "orchestrator/traces/ipc_objects.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/channel/kind.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/run_remains.hpp"
#include "stages/objects/sysv_object.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/users.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;
using channel::sysv_name;
using channel::SysvKind;

namespace {

/// Does `body` as another user; its result is the exit status.
ExitStatus as_stranger(const std::function<int()>& body) {
    Worker other([&] { return ::setuid(kStranger) == 0 ? body() : 99; }, {});
    return other.wait();
}

/// Where a run would put its folder with this $XDG_RUNTIME_DIR.
std::string place_of_runs(const std::string& runtime) {
    const std::string before = std::getenv("XDG_RUNTIME_DIR");
    ::setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
    const std::string path = run_folder_path("x");
    ::setenv("XDG_RUNTIME_DIR", before.c_str(), 1);
    return path.substr(0, path.rfind('/'));
}

/// A private queue that is ours by one of its two ids only: 0, or its number.
int queue_of_two(bool made_by_stranger) {
    int id = -1;
    const auto make = [](uid_t owner) {
        const int made = ::msgget(IPC_PRIVATE, 0600);
        msqid_ds status{};
        if (made < 0 || ::msgctl(made, IPC_STAT, &status) != 0) return -1;
        status.msg_perm.uid = owner;
        return ::msgctl(made, IPC_SET, &status) == 0 ? made : -1;
    };
    if (!made_by_stranger) return make(kStranger);
    const PipeEnds pipe = make_pipe();
    Worker other(
        [&] {
            const int made = ::setuid(kStranger) == 0 ? make(0) : -1;
            return ::write(3, &made, sizeof made) == sizeof made ? 0 : 1;
        },
        {{3, pipe.writer.get()}});
    REQUIRE(other.wait() == exited(0));
    REQUIRE(::read(pipe.reader.get(), &id, sizeof id) == sizeof id);
    return id;
}

}  // namespace

TEST_CASE("a runtime folder that is not the user's alone is not used", "[S1][S4]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    CHECK(place_of_runs(folder.path()) == folder.path());
    for (const mode_t mode : {0777, 0750, 0701}) {
        REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
        CHECK(place_of_runs(folder.path()) != folder.path());
    }
    REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
    if (is_root()) {
        REQUIRE(::chown(folder.path().c_str(), kStranger, kStranger) == 0);
        CHECK(place_of_runs(folder.path()) != folder.path());
    }
}

TEST_CASE("a System V object that is ours by one of its two ids is not ours", "[S6][S18]") {
    const LeakCheck check;
    if (!is_root()) return;
    const std::time_t now = std::time(nullptr);
    for (const bool made_by_stranger : {false, true}) {
        CAPTURE(made_by_stranger);
        const int id = queue_of_two(made_by_stranger);
        REQUIRE(id >= 0);
        CHECK_FALSE(channel::is_own_sysv(sysv_name(SysvKind::queue, id), now));
        ::msgctl(id, IPC_RMID, nullptr);
    }
}

TEST_CASE("what is said to be orphaned is removed for its owner only", "[S18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string group = folder.path("pipectl.group");
    REQUIRE(::mkdir(group.c_str(), 0700) == 0);
    IpcObject object{IpcObject::Kind::control_group, IpcObject::State::orphaned, group, "",
                     ::geteuid() + 1};
    CHECK_FALSE(remove_orphan(object));
    CHECK(folder.has("pipectl.group"));
    object.owner = ::geteuid();
    CHECK(remove_orphan(object));
}

TEST_CASE("a folder that a stranger made is no run's of ours", "[S6][S18]") {
    const LeakCheck check;
    if (!is_root()) return;
    const std::string folder = check.runtime_folder() + "/" + channel::make_object_name();
    REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
    REQUIRE(::chown(folder.c_str(), kStranger, kStranger) == 0);
    CHECK_FALSE(channel::Remains(folder).remove());
    CHECK(std::filesystem::remove(folder));
}

TEST_CASE("a FIFO of somebody else is not taken for an edge", "[S4][S6]") {
    const LeakCheck check;
    if (!is_root()) return;
    TestFolder folder;
    const std::string path = folder.path() + "/edge";
    REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
    REQUIRE(::chown(path.c_str(), kStranger, kStranger) == 0);
    CHECK_THROWS_WITH(channel::find_kind("fifo")->create({{"path", path}}, folder),
                      Catch::Matchers::ContainsSubstring("belongs to another user"));
}

TEST_CASE("no socket of an edge has a name that others could connect to", "[S12]") {
    TestFolder folder;
    const channel::EdgeEnds ends = channel::find_kind("unix")->create({}, folder);
    for (const Fd* end : {&ends.writer, &ends.reader}) {
        sockaddr_un address{};
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(end->get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        CHECK(size == sizeof address.sun_family);  // unnamed, unix(7)
    }
}

TEST_CASE("the control socket tells its user from others", "[S6]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    const std::string path = folder.path("control");
    const Fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1) ==
            path.size());
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), where, sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 2) == 0);
    REQUIRE(::chmod(path.c_str(), 0777) == 0);
    const auto connect = [&] {
        const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
        return ::connect(socket, where, sizeof address) == 0 ? 0 : 1;
    };
    const auto is_trusted = [&] {
        const Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return control::is_trusted_peer(accepted.get());
    };
    CHECK(Worker(connect, {}).wait() == exited(0));
    CHECK(is_trusted());
    if (!is_root()) return;
    CHECK(as_stranger(connect) == exited(0));
    CHECK_FALSE(is_trusted());
}

TEST_CASE("a FIFO is the user's alone from the moment that it is there", "[S1]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string definition = folder.write(
        "p.toml", "[[stage]]\nrun = ['true']\n[[stage]]\nrun = ['cat']\nvia = 'fifo'\n");
    const RunResult traced = run({"/bin/sh", "-c",
                                  "umask 0; strace -f -qq -e trace=mknod,mknodat -o \"$3\" \"$1\" "
                                  "run \"$2\"",
                                  "sh", PIPECTL_BINARY, definition, folder.path("calls")});
    if (!folder.has("calls") || traced.status != exited(0)) {
        WARN("SKIPPED: strace cannot be used here");
        return;
    }
    CHECK_THAT(folder.read("calls"), Catch::Matchers::ContainsSubstring("S_IFIFO|0600"));
}
