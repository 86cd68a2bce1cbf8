// Endpoints and queues that another user has prepared, or comes to first.

#include <arpa/inet.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "stages/kinds/endpoint_address.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/users.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Does it as somebody else; true when it returns 0.
bool stranger_can(const std::function<int()>& body) {
    Worker worker([&] { return ::setuid(kStranger) != 0 ? 99 : body(); }, {});
    return worker.wait() == exited(0);
}

RunResult recv(const std::string& endpoint, const std::string& cwd = "") {
    RunOptions options;
    options.cwd = cwd;
    options.timeout = 5s;
    return run({PIPECTL_BINARY, "recv", endpoint}, options);
}

RunResult send(const std::string& endpoint) {
    RunOptions options;
    options.stdin_text = "secret\n";
    options.timeout = 5s;
    return run({PIPECTL_BINARY, "send", endpoint}, options);
}

/// A connection, as soon as somebody listens.
Fd connect_to(const channel::SocketAddress& address) {
    for (int tried = 0; tried < 500; ++tried) {
        Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
        ::usleep(10'000);
    }
    return {};
}

/// Says something, or nothing at all and no end either; waits until the other side has closed.
int say_and_wait(const channel::SocketAddress& address, std::string_view text) {
    const Fd fd = connect_to(address);
    if (!fd) return 1;
    if (!text.empty()) {
        (void)!::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
        ::shutdown(fd.get(), SHUT_WR);
    }
    char nothing[64];
    while (::recv(fd.get(), nothing, sizeof nothing, 0) > 0) {
    }
    return 0;
}

std::string free_tcp_endpoint() {
    const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

channel::SocketAddress address_of(const std::string& endpoint) {
    const std::size_t colon = endpoint.find(':');
    const std::string rest = endpoint.substr(colon + 1);
    return endpoint.starts_with("tcp:") ? channel::tcp_address(rest).value()
                                        : channel::unix_address(rest).value();
}

/// A System V queue with a key of this test's own, removed in the end.
struct KeyedQueue {
    key_t key = static_cast<key_t>(0x71000000 | ::getpid());
    std::string endpoint = "sysv-mq:" + std::to_string(key);

    [[nodiscard]] int id() const { return ::msgget(key, 0); }
    ~KeyedQueue() { ::msgctl(id(), IPC_RMID, nullptr); }
};

struct TypedMessage {
    long type = 5;
    char text[5] = {'h', 'e', 'l', 'l', 'o'};
};

}  // namespace

TEST_CASE("a stranger who comes first is refused, and the next one is taken", "[stranger][S22]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const std::string name = "unix:@pipectl-test-" + std::to_string(::getpid());
    for (const std::string& endpoint : {name, free_tcp_endpoint()}) {
        CAPTURE(endpoint);
        Child receiver({PIPECTL_BINARY, "recv", endpoint});
        const channel::SocketAddress address = address_of(endpoint);
        CHECK(stranger_can([&] { return say_and_wait(address, "EVIL\n"); }));
        CHECK(stranger_can([&] { return say_and_wait(address, ""); }));
        CHECK(say_and_wait(address, "good\n") == 0);
        const RunResult result = receiver.finish(5s);
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.out == "good\n");
        CHECK_THAT(result.err,
                   ContainsSubstring("has refused user 65534") && ContainsSubstring("from-user"));
    }
}

TEST_CASE("a run that listens refuses strangers too, where its definition does not let them in",
          "[stranger][S22]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const std::string name = "unix:@pipectl-test-" + std::to_string(::getpid());
    for (const std::string& endpoint : {name, free_tcp_endpoint()}) {
        for (const bool open : {false, true}) {
            CAPTURE(endpoint, open);
            const TemporaryFolder folder;
            Child run = start_pipectl(folder, stage("s", {"cat"},
                                                    {"stdin = { listen = '" + endpoint + "'" +
                                                     (open ? ", from-user = 'any' }" : " }")}));
            const channel::SocketAddress address = address_of(endpoint);
            if (!open) {
                CHECK(stranger_can([&] { return say_and_wait(address, ""); }));
                CHECK(say_and_wait(address, "ours\n") == 0);
            } else {
                CHECK(stranger_can([&] { return say_and_wait(address, "theirs\n"); }));
            }
            const RunResult result = run.finish(5s);
            CAPTURE(result);
            CHECK(result.status == exited(0));
            CHECK(result.out == (open ? "theirs\n" : "ours\n"));
        }
    }
}

TEST_CASE("whoever is meant to come may, when the endpoint says so", "[stranger][S22]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const std::string endpoint = free_tcp_endpoint();
    Child receiver({PIPECTL_BINARY, "recv", "--from-user", "any", endpoint});
    CHECK(stranger_can([&] { return say_and_wait(address_of(endpoint), "welcome\n"); }));
    CHECK(receiver.finish(5s).out == "welcome\n");
}

TEST_CASE("nothing is sent to a stranger that listens where we connect", "[stranger][S22]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    for (const std::string& endpoint :
         {"unix:@pipectl-test-" + std::to_string(::getpid()), free_tcp_endpoint()}) {
        CAPTURE(endpoint);
        const channel::SocketAddress address = address_of(endpoint);
        Worker stranger(
            [&] {
                if (::setuid(kStranger) != 0) return 99;
                const Fd listener(::socket(address.get()->sa_family, SOCK_STREAM, 0));
                if (::bind(listener.get(), address.get(), address.size) != 0 ||
                    ::listen(listener.get(), 1) != 0) {
                    return 98;
                }
                const Fd peer(::accept(listener.get(), nullptr, nullptr));
                char byte = 0;
                return ::recv(peer.get(), &byte, 1, 0) > 0 ? 1 : 0;
            },
            {});
        const RunResult sent = send(endpoint);
        CAPTURE(sent);
        CHECK(sent.status == exited(1));
        CHECK_THAT(sent.err, ContainsSubstring("user 65534 listens there"));
        CHECK(stranger.wait() == exited(0));
    }
}

TEST_CASE("a FIFO that a stranger has made, or may write to, is not read", "[stranger][S6]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const TemporaryFolder folder;
    REQUIRE(::chmod(folder.path().c_str(), 01777) == 0);
    const std::string planted = folder.path("planted");
    REQUIRE(stranger_can([&] { return ::mkfifo(planted.c_str(), 0666); }));
    const RunResult theirs = recv("fifo:" + planted);
    CHECK(theirs.status == exited(1));
    CHECK_THAT(theirs.err, ContainsSubstring("it belongs to user 65534"));
    const std::string open = folder.path("open");
    REQUIRE((::mkfifo(open.c_str(), 0600) == 0 && ::chmod(open.c_str(), 0622) == 0));
    const RunResult ours = recv("fifo:" + open);
    CHECK(ours.status == exited(1));
    CHECK_THAT(ours.err, ContainsSubstring("its mode lets every user write there"));
}

TEST_CASE("a System V queue that another user has made and given away is refused",
          "[stranger][S6]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const KeyedQueue queue;
    REQUIRE(stranger_can([&] {
        const int id = ::msgget(queue.key, IPC_CREAT | 0600);
        msqid_ds status{};
        if (::msgctl(id, IPC_STAT, &status) != 0) return 1;
        status.msg_perm.uid = 0;
        return ::msgctl(id, IPC_SET, &status);
    }));
    for (const RunResult& result : {recv(queue.endpoint), send(queue.endpoint)}) {
        CAPTURE(result);
        CHECK(result.status == exited(1));
        CHECK_THAT(result.err, ContainsSubstring("another user has made it"));
    }
}

TEST_CASE("a queue whose mode lets others in is refused", "[stranger][S6]") {
    const LeakCheck leaks;
    const KeyedQueue queue;
    REQUIRE(::msgget(queue.key, IPC_CREAT | 0622) >= 0);
    const RunResult result = recv(queue.endpoint);
    CHECK(result.status == exited(1));
    CHECK_THAT(result.err, ContainsSubstring("its mode lets other users in"));
}

TEST_CASE("a message of another program stays in its queue", "[stranger]") {
    const LeakCheck leaks;
    const KeyedQueue queue;
    const int id = ::msgget(queue.key, IPC_CREAT | 0600);
    const TypedMessage message;
    REQUIRE(::msgsnd(id, &message, sizeof message.text, 0) == 0);
    for (const RunResult& result : {recv(queue.endpoint), send(queue.endpoint)}) {
        CAPTURE(result);
        CHECK(result.status == exited(1));
        CHECK_THAT(result.err,
                   ContainsSubstring("another program's") && ContainsSubstring("of type 5"));
    }
    msqid_ds status{};
    REQUIRE(::msgctl(id, IPC_STAT, &status) == 0);
    CHECK(status.msg_qnum == 1);

    const std::string name = "/pipectl-test-" + std::to_string(::getpid());
    const Fd posix(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, nullptr));
    REQUIRE(::mq_send(posix.get(), message.text, sizeof message.text, 0) == 0);
    const RunResult result = recv("mq:" + name);
    ::mq_unlink(name.c_str());
    CHECK(result.status == exited(1));
    CHECK_THAT(result.err, ContainsSubstring("pipectl has not made it"));
    mq_attr found{};
    REQUIRE(::mq_getattr(posix.get(), &found) == 0);
    CHECK(found.mq_curmsgs == 1);
}

TEST_CASE("an endpoint that is only a name is not mistaken for an address", "[stranger]") {
    for (const char* wrong : {"udp:127.0.0.1:9000", "unix:@", "shm:a b"}) {
        CAPTURE(wrong);
        CHECK(recv(wrong).status == exited(125));
    }
    CHECK_THAT(recv("udp:127.0.0.1:9000").err,
               ContainsSubstring("'127.0.0.1:9000' is no name for an endpoint of kind 'udp'"));
}

TEST_CASE("endpoints of bridged kinds meet in a folder that nobody else could have made",
          "[stranger][S4]") {
    const LeakCheck leaks;
    const TemporaryFolder home;
    RunOptions options;
    options.environment = {"XDG_RUNTIME_DIR=" + home.path("open"), "XDG_STATE_HOME",
                           "HOME=" + home.path()};
    REQUIRE(::mkdir(home.path("open").c_str(), 0755) == 0);  // open to all: not used
    options.stdin_text = "data";
    Child receiver({PIPECTL_BINARY, "recv", "shm:/ring"}, options);
    CHECK(run({PIPECTL_BINARY, "send", "shm:/ring"}, options).status == exited(0));
    CHECK(receiver.finish(5s).out == "data");
    CHECK_FALSE(home.has("open/pipectl-endpoints"));
    CHECK_FALSE(std::filesystem::exists("/tmp/pipectl-endpoints-" + std::to_string(::geteuid())));
}
