// Messages of programs that know nothing of pipectl: here the other side is mq_send(3), msgsnd(2)
// and sendto(2) themselves.

#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
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

constexpr milliseconds kTestLimit = 10s;

RunResult recv(const std::vector<std::string>& words, RunOptions options = {}) {
    std::vector<std::string> argv = {PIPECTL_BINARY, "recv", "--raw"};
    argv.insert(argv.end(), words.begin(), words.end());
    options.timeout = kTestLimit;
    return run(argv, options);
}

RunResult send(const std::string& text, const std::vector<std::string>& words) {
    std::vector<std::string> argv = {PIPECTL_BINARY, "send", "--raw"};
    argv.insert(argv.end(), words.begin(), words.end());
    RunOptions options;
    options.stdin_text = text;
    options.timeout = kTestLimit;
    return run(argv, options);
}

/// A POSIX queue of another program's.
struct PosixQueue {
    std::string name = "/foreign-test-" + std::to_string(::getpid());
    std::string endpoint = "mq:" + name;
    Fd queue{::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, nullptr)};

    PosixQueue() { REQUIRE(queue); }
    ~PosixQueue() { ::mq_unlink(name.c_str()); }

    void put(std::string_view text, unsigned priority = 0) const {
        REQUIRE(::mq_send(queue.get(), text.data(), text.size(), priority) == 0);
    }
    [[nodiscard]] long count() const {
        mq_attr shape{};
        REQUIRE(::mq_getattr(queue.get(), &shape) == 0);
        return shape.mq_curmsgs;
    }
    [[nodiscard]] std::string take(unsigned& priority) const {
        char room[8192];
        const ssize_t got = ::mq_receive(queue.get(), room, sizeof room, &priority);
        REQUIRE(got >= 0);
        return {room, static_cast<std::size_t>(got)};
    }
};

struct TypedText {
    long type;
    char text[8192];
};

/// A System V queue of another program's.
struct TypedQueue {
    key_t key = static_cast<key_t>(0x72000000 | ::getpid());
    std::string endpoint = "sysv-mq:" + std::to_string(key);
    int id = ::msgget(key, IPC_CREAT | IPC_EXCL | 0600);

    TypedQueue() { REQUIRE(id >= 0); }
    ~TypedQueue() { ::msgctl(id, IPC_RMID, nullptr); }

    void put(std::string_view text, long type) const {
        TypedText message{type, {}};
        text.copy(message.text, sizeof message.text);
        REQUIRE(::msgsnd(id, &message, text.size(), IPC_NOWAIT) == 0);
    }
    [[nodiscard]] std::string take(long type) const {
        TypedText message{};
        const ssize_t got = ::msgrcv(id, &message, sizeof message.text, type, IPC_NOWAIT);
        return got < 0 ? "" : std::string(message.text, static_cast<std::size_t>(got));
    }
    [[nodiscard]] std::size_t count() const {
        msqid_ds status{};
        REQUIRE(::msgctl(id, IPC_STAT, &status) == 0);
        return status.msg_qnum;
    }
};

/// A datagram socket of another program's, with an address of its own.
struct DatagramSocket {
    explicit DatagramSocket(int family) : socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    /// False when nobody receives there yet.
    [[nodiscard]] bool say(const channel::SocketAddress& to, std::string_view text) const {
        return ::sendto(socket.get(), text.data(), text.size(), 0, to.get(), to.size) >= 0;
    }
    Fd socket;
};

/// Of UDP, that nobody has.
std::string free_udp_address() {
    const Fd probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

std::string local_name() {
    return "@foreign-test-" + std::to_string(::getpid());
}

bool becomes_stranger_and(const std::function<int()>& body) {
    Worker worker([&] { return ::setuid(kStranger) != 0 ? 99 : body(); }, {});
    return worker.wait() == exited(0);
}

}  // namespace

TEST_CASE("what another program has left in a POSIX queue comes by priority", "[foreign]") {
    const LeakCheck leaks;
    const PosixQueue queue;
    queue.put("low", 1);
    queue.put("high", 9);
    queue.put("", 5);
    const RunResult result = recv({queue.endpoint});
    CAPTURE(result);
    CHECK(result.out == "high\n\nlow\n");
    CHECK(result.status == exited(0));
    CHECK(recv({queue.endpoint}).status == exited(0));
    CHECK(recv({"--no-wait", queue.endpoint}).status == exited(1));
}

TEST_CASE("another program gets each line as a message, with its priority", "[foreign]") {
    const LeakCheck leaks;
    const PosixQueue queue;
    REQUIRE(send("one\ntwo", {"--priority", "7", queue.endpoint}).status == exited(0));
    unsigned priority = 0;
    CHECK(queue.take(priority) == "one");
    CHECK(queue.take(priority) == "two");
    CHECK(priority == 7);
    const RunResult full =
        send("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", {"--no-wait", queue.endpoint});
    CHECK(full.status == exited(1));
    CHECK_THAT(full.err, ContainsSubstring("has no room: 10 messages were sent"));
    CHECK(queue.count() == 10);
}

TEST_CASE("a message that is longer than the place takes is refused with the limit",
          "[foreign][R25]") {
    const LeakCheck leaks;
    const PosixQueue posix;
    const TypedQueue typed;
    const std::string longest(8192, 'x');
    for (const std::string& endpoint : {posix.endpoint, typed.endpoint}) {
        CAPTURE(endpoint);
        CHECK(send(longest + "\n", {endpoint}).status == exited(0));
        const RunResult result = send("a\n" + longest + "x\nb\n", {endpoint});
        CHECK(result.status == exited(1));
        CHECK_THAT(result.err, ContainsSubstring("message 2 of 8193 bytes") &&
                                   ContainsSubstring("the limit is 8192 bytes") &&
                                   ContainsSubstring("1 were sent"));
    }
    CHECK(posix.count() == 2);
    CHECK(typed.count() == 2);
}

TEST_CASE("a receiver of a type takes that type, or the lowest up to one", "[foreign]") {
    const LeakCheck leaks;
    const TypedQueue queue;
    for (const auto& [text, type] : std::initializer_list<std::pair<const char*, long>>{
             {"five", 5}, {"three", 3}, {"nine", 9}, {"three again", 3}}) {
        queue.put(text, type);
    }
    CHECK(recv({"--peek", queue.endpoint}).out == "five\nthree\nnine\nthree again\n");
    CHECK(recv({"--peek", "--type", "-5", queue.endpoint}).out == "three\nthree again\nfive\n");
    CHECK(queue.count() == 4);
    CHECK(recv({"--type", "9", queue.endpoint}).out == "nine\n");
    CHECK(recv({"--type=-5", "--count", "2", queue.endpoint}).out == "three\nthree again\n");
    CHECK(recv({"--type", "4", "--no-wait", queue.endpoint}).status == exited(1));
    CHECK(recv({queue.endpoint}).out == "five\n");
    REQUIRE(send("sent\n", {"--type", "77", queue.endpoint}).status == exited(0));
    CHECK(queue.take(77) == "sent");
}

TEST_CASE("messages with any bytes go through behind their length", "[foreign]") {
    const LeakCheck leaks;
    const TypedQueue queue;
    const std::string bytes("a\nb\0c", 5);
    queue.put(bytes, 1);
    queue.put("", 1);
    const RunResult got = recv({"--framing", "length", queue.endpoint});
    const std::string framed = std::string("\0\0\0\5", 4) + bytes + std::string(4, '\0');
    CHECK(got.out == framed);
    REQUIRE(send(framed, {"--framing", "length", queue.endpoint}).status == exited(0));
    CHECK(queue.count() == 2);
    CHECK(queue.take(0) == bytes);
    const RunResult torn = send(framed.substr(0, 7), {"--framing", "length", queue.endpoint});
    CHECK(torn.status == exited(1));
    CHECK_THAT(torn.err, ContainsSubstring("the input ends after 7 of its 9 bytes"));
    queue.put(bytes, 1);
    CHECK_THAT(recv({queue.endpoint}).err, ContainsSubstring("has newlines in it"));
}

TEST_CASE("a receiver of N waits for them, and one that follows ends by a signal", "[foreign]") {
    const LeakCheck leaks;
    const TypedQueue queue;
    Child counted({PIPECTL_BINARY, "recv", "--raw", "--count", "2", queue.endpoint});
    queue.put("one", 1);
    REQUIRE(counted.wait_for_out("one\n"));
    CHECK(counted.running());
    queue.put("two", 1);
    const RunResult result = counted.finish(kTestLimit);
    CHECK(result.status == exited(0));
    CHECK(result.out == "one\ntwo\n");

    Child follower({PIPECTL_BINARY, "recv", "--raw", "--follow", queue.endpoint});
    queue.put("three", 1);
    REQUIRE(follower.wait_for_out("three\n"));
    follower.signal(SIGTERM);
    CHECK(follower.finish(kTestLimit).status == killed_by(SIGTERM));
}

TEST_CASE("nothing is taken from a queue that cannot be delivered", "[foreign][S6]") {
    const LeakCheck leaks;
    const PosixQueue posix;
    const TypedQueue typed;
    posix.put("kept");
    typed.put("kept", 3);
    for (const std::string& endpoint : {posix.endpoint, typed.endpoint}) {
        CAPTURE(endpoint);
        const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
        const Fd unwritable(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        PipeEnds left = make_pipe();
        left.reader.reset();
        for (const int out : {full.get(), unwritable.get(), left.writer.get()}) {
            RunOptions options;
            options.stdout_fd = out;
            const RunResult result = recv({endpoint}, options);
            CAPTURE(result);
            CHECK(result.status == (out == left.writer.get() ? killed_by(SIGPIPE) : exited(1)));
            CHECK(posix.count() == 1);
            CHECK(typed.count() == 1);
        }
    }
    // a file that may not grow says so only when it is written to
    const TemporaryFolder folder;
    const Fd file(::open(folder.path("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    RunOptions options;
    options.stdout_fd = file.get();
    options.limits = {{RLIMIT_FSIZE, 2}};
    PipeEnds told = make_pipe();
    options.stderr_fd = told.writer.get();
    CHECK(recv({typed.endpoint}, options).status == exited(1));
    told.writer.reset();
    CHECK_THAT(read_all(told.reader.get(), 4096, "stderr"),
               ContainsSubstring("again, behind the others"));
    CHECK(typed.take(3) == "kept");
}

TEST_CASE("a receiver whose reader leaves while it waits is ended by that", "[foreign]") {
    const LeakCheck leaks;
    const PosixQueue queue;
    PipeEnds pipe = make_pipe();
    RunOptions options;
    options.stdout_fd = pipe.writer.get();
    Child receiver({PIPECTL_BINARY, "recv", "--raw", "--follow", queue.endpoint}, options);
    queue.put("one");
    char room[8];
    REQUIRE(::read(pipe.reader.get(), room, sizeof room) == 4);
    pipe.reader.reset();
    CHECK(receiver.finish(kTestLimit).status == killed_by(SIGPIPE));
    queue.put("stays");
    CHECK(queue.count() == 1);
}

TEST_CASE("datagrams of another program are lines", "[foreign]") {
    const LeakCheck leaks;
    const std::string address = free_udp_address();
    for (const std::string& endpoint : {"udp:" + address, "unix-dgram:" + local_name()}) {
        CAPTURE(endpoint);
        const bool is_udp = endpoint.starts_with("udp");
        const channel::SocketAddress to = is_udp ? channel::tcp_address(address).value()
                                                 : channel::unix_address(local_name()).value();
        const DatagramSocket other(is_udp ? AF_INET : AF_UNIX);
        Child receiver({PIPECTL_BINARY, "recv", "--raw", "--count", "2", endpoint});
        REQUIRE(wait_until([&] {
            (void)other.say(to, "first");
            return receiver.out().starts_with("first\n");
        }));
        (void)other.say(to, "second");
        CHECK(receiver.finish(kTestLimit).status == exited(0));
    }
}

TEST_CASE("another program gets each line as a datagram", "[foreign]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string path = folder.path("socket");
    const std::string address = free_udp_address();
    for (const std::string& endpoint : {"udp:" + address, "unix-dgram:" + path}) {
        CAPTURE(endpoint);
        const bool is_udp = endpoint.starts_with("udp");
        const channel::SocketAddress here =
            is_udp ? channel::tcp_address(address).value() : channel::unix_address(path).value();
        DatagramSocket other(is_udp ? AF_INET : AF_UNIX);
        REQUIRE(::bind(other.socket.get(), here.get(), here.size) == 0);
        REQUIRE(send("one\ntwo\n", {endpoint}).status == exited(0));
        char room[64];
        CHECK(::recv(other.socket.get(), room, sizeof room, MSG_DONTWAIT) == 3);
        CHECK(std::string(room, 3) == "one");
        CHECK(::recv(other.socket.get(), room, sizeof room, MSG_DONTWAIT) == 3);
        const RunResult longest = send(std::string(70000, 'x') + "\n", {endpoint});
        CHECK(longest.status == (is_udp ? exited(1) : exited(0)));
        if (is_udp) CHECK_THAT(longest.err, ContainsSubstring("the limit is 65507 bytes"));
        other.socket.reset();
        const RunResult unheard = send("x\n", {"--no-wait", endpoint});
        CHECK(unheard.status == exited(1));
        CHECK_THAT(unheard.err, ContainsSubstring("nobody receives there"));
    }
}

TEST_CASE("a receiver of datagrams that leaves cuts the sender", "[foreign]") {
    const LeakCheck leaks;
    const std::string address = free_udp_address();
    const channel::SocketAddress here = channel::tcp_address(address).value();
    DatagramSocket other(AF_INET);
    REQUIRE(::bind(other.socket.get(), here.get(), here.size) == 0);
    PipeEnds input = make_pipe();
    RunOptions options;
    options.stdin_fd = input.reader.get();
    Child sender({PIPECTL_BINARY, "send", "--raw", "udp:" + address}, options);
    REQUIRE(write_all(input.writer.get(), "one\n") == 0);
    char room[8];
    REQUIRE(::recv(other.socket.get(), room, sizeof room, 0) == 3);
    other.socket.reset();
    REQUIRE(wait_until([&] {
        (void)write_all(input.writer.get(), "more\n");
        return !sender.running();
    }));
    CHECK(sender.finish(kTestLimit).status == killed_by(SIGPIPE));
}

TEST_CASE("datagrams that were lost for want of room are counted and told", "[foreign]") {
    const LeakCheck leaks;
    const std::string address = free_udp_address();
    const channel::SocketAddress to = channel::tcp_address(address).value();
    const DatagramSocket other(AF_INET);
    Child receiver({PIPECTL_BINARY, "recv", "--raw", "--follow", "udp:" + address});
    REQUIRE(wait_until([&] {
        (void)other.say(to, "first");
        return receiver.out().starts_with("first\n");
    }));
    receiver.signal(SIGSTOP);
    const std::string large(60000, 'x');
    for (int i = 0; i < rounds(1000); ++i) {
        (void)other.say(to, large);
    }
    receiver.signal(SIGCONT);
    REQUIRE(receiver.wait_for_err("has lost"));
    receiver.signal(SIGINT);
    const RunResult result = receiver.finish(kTestLimit);
    CAPTURE(result.err);
    CHECK(result.status == killed_by(SIGINT));
    CHECK_THAT(result.err, ContainsSubstring("datagrams so far") || ContainsSubstring("in all"));
}

TEST_CASE("a socket's name goes with the receiver, and one in use is refused", "[foreign]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const std::string endpoint = "unix-dgram:" + folder.path("socket");
    Child receiver({PIPECTL_BINARY, "recv", "--raw", "--follow", endpoint});
    struct stat status {};
    REQUIRE(wait_until([&] { return ::stat(folder.path("socket").c_str(), &status) == 0; }));
    CHECK((status.st_mode & 0777) == 0600);
    const RunResult second = recv({endpoint});
    CHECK(second.status == exited(1));
    CHECK_THAT(second.err, ContainsSubstring("another program receives there"));
    receiver.signal(SIGHUP);
    CHECK(receiver.finish(kTestLimit).status == killed_by(SIGHUP));
    CHECK_FALSE(folder.has("socket"));
}

TEST_CASE("pipectl's own messages are not taken for another program's", "[foreign][S6]") {
    const LeakCheck leaks;
    const std::string name = "mq:/foreign-own-" + std::to_string(::getpid());
    const TypedQueue typed;
    for (const std::string& endpoint : {name, typed.endpoint}) {
        CAPTURE(endpoint);
        RunOptions options;
        options.stdin_text = "ours";
        REQUIRE(run({PIPECTL_BINARY, "send", endpoint}, options).status == exited(0));
        const RunResult raw = recv({endpoint});
        CHECK(raw.status == exited(1));
        CHECK_THAT(raw.err, ContainsSubstring("without --raw"));
        CHECK(run({PIPECTL_BINARY, "recv", endpoint}).out == "ours");
    }
    ::mq_unlink(name.substr(3).c_str());
}

TEST_CASE("a queue or a datagram of another user is refused unless it is meant to come",
          "[foreign][stranger][S6][S22]") {
    if (!is_root()) return;
    const LeakCheck leaks;
    const PosixQueue posix;
    const TypedQueue typed;
    REQUIRE(::fchown(posix.queue.get(), kStranger, kStranger) == 0);
    msqid_ds status{};
    REQUIRE(::msgctl(typed.id, IPC_STAT, &status) == 0);
    status.msg_perm.uid = kStranger;
    REQUIRE(::msgctl(typed.id, IPC_SET, &status) == 0);
    posix.put("theirs");
    typed.put("theirs", 1);
    for (const std::string& endpoint : {posix.endpoint, typed.endpoint}) {
        CAPTURE(endpoint);
        const RunResult refused = recv({endpoint});
        CHECK(refused.status == exited(1));
        CHECK(refused.out.empty());
        CHECK_THAT(refused.err, ContainsSubstring("it belongs to user 65534"));
        CHECK(recv({"--from-user", "any", endpoint}).out == "theirs\n");
    }
    const channel::SocketAddress to = channel::unix_address(local_name()).value();
    {
        Worker stranger(
            [&] {
                if (::setuid(kStranger) != 0) return 99;
                const DatagramSocket there(AF_UNIX);
                if (::bind(there.socket.get(), to.get(), to.size) != 0) return 98;
                char byte = 0;
                return ::recv(there.socket.get(), &byte, 1, 0) == 1 && byte == 't' ? 0 : 1;
            },
            {});
        const RunResult refused = send("secret\n", {"unix-dgram:" + local_name()});
        CAPTURE(refused);
        CHECK(refused.status == exited(1));
        CHECK_THAT(refused.err, ContainsSubstring("user 65534 receives there"));
        CHECK(send("t\n", {"--from-user", "any", "unix-dgram:" + local_name()}).status ==
              exited(0));
        CHECK(stranger.wait() == exited(0));
    }
    Child receiver({PIPECTL_BINARY, "recv", "--raw", "--count", "1", "unix-dgram:" + local_name()});
    REQUIRE(wait_until([&] {
        return becomes_stranger_and(
            [&] { return DatagramSocket(AF_UNIX).say(to, "theirs") ? 0 : 1; });
    }));
    REQUIRE(receiver.wait_for_err("refused a datagram of user 65534"));
    CHECK(DatagramSocket(AF_UNIX).say(to, "ours"));
    CHECK(receiver.finish(kTestLimit).out == "ours\n");
}

TEST_CASE("what a kind of message does not have is wrong usage", "[foreign]") {
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"--type", "1", "mq:/x"},
                                               {"--peek", "udp:127.0.0.1:9"},
                                               {"--type", "1", "unix-dgram:@x"},
                                               {"--follow", "--count", "1", "mq:/x"},
                                               {"--count", "x", "mq:/x"},
                                               {"--framing", "lines", "mq:/x"},
                                               {"fifo:x"},
                                               {"tcp:127.0.0.1:9"},
                                               {"udp:nowhere"},
                                               {"mq:/a/b"}}) {
        const RunResult result = recv(wrong);
        CAPTURE(wrong, result);
        CHECK(result.status == exited(125));
    }
    CHECK(send("", {"--type", "0", "sysv-mq:7"}).status == exited(125));
    CHECK(send("", {"--priority", "32768", "mq:/x"}).status == exited(125));
    CHECK(run({PIPECTL_BINARY, "recv", "--peek", "mq:/x"}).status == exited(125));
    for (const char* nowhere : {"mq:/foreign-nowhere", "sysv-mq:0x7ffffff1"}) {
        const RunResult result = recv({nowhere});
        CHECK(result.status == exited(1));
        CHECK_THAT(result.err, ContainsSubstring("there is no such queue"));
    }
}

TEST_CASE("a run takes foreign messages and leaves some", "[foreign]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const TypedQueue queue;
    const PosixQueue posix;
    queue.put("banana", 2);
    queue.put("apple", 2);
    queue.put("stays", 3);
    const std::string definition =
        stage("sort", {"sort"},
              {"stdin = { sysv-mq = '" + std::to_string(queue.key) + "', raw = true, type = 2 }",
               "stdout = { mq = '" + posix.name + "', raw = true, priority = 3 }"});
    const RunResult result = run_pipectl(folder, definition);
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(queue.count() == 1);
    unsigned priority = 0;
    CHECK(posix.take(priority) == "apple");
    CHECK(posix.take(priority) == "banana");
    CHECK(priority == 3);
}
