// Two programs that know only a name: `pipectl send`, `pipectl recv`, and the endpoints of
// definitions.

#include <mqueue.h>
#include <signal.h>
#include <sys/msg.h>
#include <unistd.h>

#include "stages/channel/kind.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/wait.hpp"

using namespace pipectl;
using namespace pipectl::test;

namespace {

/// Endpoints of every kind in a folder of the test's own.
std::vector<std::string> endpoints() {
    std::vector<std::string> all = {"fifo:./fifo", "unix:./socket"};
    for (const std::string& name : channels()) {
        const channel::Kind* const kind = channel::find_kind(name);
        const bool stays = name == "mq" || name == "sysv-mq";
        if (kind->ends == channel::Ends::bridged && !stays) all.push_back(name + ":/test/ring");
    }
    return all;
}

bool is_stream(const std::string& endpoint) {
    return endpoint.starts_with("fifo:") || endpoint.starts_with("unix:");
}

RunOptions in(const TemporaryFolder& folder, std::optional<std::string> text = std::nullopt) {
    RunOptions options;
    options.cwd = folder.path();
    options.stdin_text = std::move(text);
    options.environment = {"XDG_RUNTIME_DIR=" + folder.path()};
    return options;
}

bool sleeps(const Child& child) {
    return wait_until([&] { return state_of(child.pid()) == 'S'; });
}

}  // namespace

TEST_CASE("what is sent to an endpoint is received there, whoever comes first") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string data = pattern(0, 300000);
    for (const std::string& endpoint : endpoints()) {
        for (const bool receiver_first : {true, false}) {
            CAPTURE(endpoint, receiver_first);
            std::optional<Child> receiver;
            std::optional<Child> sender;
            if (receiver_first) {
                receiver.emplace(std::vector<std::string>{PIPECTL_BINARY, "recv", endpoint},
                                 in(folder));
                REQUIRE(sleeps(*receiver));
            }
            sender.emplace(std::vector<std::string>{PIPECTL_BINARY, "send", endpoint},
                           in(folder, data));
            if (!receiver_first) {
                REQUIRE(sleeps(*sender));
                receiver.emplace(std::vector<std::string>{PIPECTL_BINARY, "recv", endpoint},
                                 in(folder));
            }
            const RunResult received = receiver->finish(20s);
            const RunResult sent = sender->finish(20s);
            CAPTURE(received.err, sent.err);
            CHECK(received.status == exited(0));
            CHECK(sent.status == exited(0));
            CHECK(received.out == data);
        }
    }
}

TEST_CASE("a queue is filled now and read later, stream after stream") {
    const LeakCheck check;
    const TemporaryFolder folder;
    // names of this test's own, which it removes
    const std::string name = "/pipectl-test-" + std::to_string(::getpid());
    const key_t key = 0x70000000 | ::getpid();
    for (const std::string& endpoint : {"mq:" + name, "sysv-mq:" + std::to_string(key)}) {
        CAPTURE(endpoint);
        for (const char* text : {"first\n", "second\n"}) {
            const RunResult sent =
                run({PIPECTL_BINARY, "send", "--lines", endpoint}, in(folder, text));
            CAPTURE(sent);
            CHECK(sent.status == exited(0));
        }
        for (const char* text : {"first\n", "second\n"}) {
            const RunResult received = run({PIPECTL_BINARY, "recv", endpoint}, in(folder));
            CAPTURE(received);
            CHECK(received.status == exited(0));
            CHECK(received.out == text);
        }
        // more than the queue holds waits for the receiver
        Child sender({PIPECTL_BINARY, "send", endpoint}, in(folder, pattern(0, 300000)));
        CHECK(run({PIPECTL_BINARY, "recv", endpoint}, in(folder)).out == pattern(0, 300000));
        CHECK(sender.finish().status == exited(0));
    }
    ::mq_unlink(name.c_str());
    ::msgctl(::msgget(key, 0), IPC_RMID, nullptr);
}

TEST_CASE("two pipelines meet at a queue that one of them has left") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const std::string name = "/pipectl-test-" + std::to_string(::getpid());
    CHECK(run_pipectl(folder, stage("s", {"seq", "1000"}, {"stdout = { mq = '" + name + "' }"}))
              .status == exited(0));
    const RunResult read =
        run_pipectl(folder, stage("t", {"tail", "-n", "1"}, {"stdin = { mq = '" + name + "' }"}));
    CHECK(read.out == "1000\n");
    ::mq_unlink(name.c_str());
}

TEST_CASE("the death of a sender is no end where the channel can tell", "[S7]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const std::string& endpoint : endpoints()) {
        if (is_stream(endpoint)) continue;
        CAPTURE(endpoint);
        Child receiver({PIPECTL_BINARY, "recv", endpoint}, in(folder));
        PipeEnds feed = make_pipe();
        RunOptions options = in(folder);
        options.stdin_fd = feed.reader.get();
        Child sender({PIPECTL_BINARY, "send", endpoint}, options);
        REQUIRE(write_all(feed.writer.get(), "half") == 0);
        REQUIRE(receiver.wait_for_out("half"));
        sender.signal(SIGKILL);
        const RunResult received = receiver.finish(5s);
        CHECK(received.status == exited(1));
        CHECK(received.err.find("cut short after 4 bytes") != std::string::npos);
    }
}

TEST_CASE("a receiver that leaves ends its sender, as a pipe does", "[R18]") {
    const LeakCheck check;
    const TemporaryFolder folder;
    for (const std::string& endpoint : endpoints()) {
        CAPTURE(endpoint);
        Child receiver(
            {"sh", "-c", std::string(PIPECTL_BINARY) + " recv " + endpoint + " | head -n 1"},
            in(folder));
        const RunResult sent = run(
            {"sh", "-c", "yes | " + std::string(PIPECTL_BINARY) + " send " + endpoint}, in(folder));
        CHECK(receiver.finish(10s).out == "y\n");
        CHECK(sent.status == exited(141));
    }
}

TEST_CASE("two of the same side at one endpoint are told so") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child first({PIPECTL_BINARY, "recv", "unix-dgram:/x"}, in(folder));
    REQUIRE(sleeps(first));
    REQUIRE(wait_until([&] { return folder.has("pipectl-endpoints/unix-dgram:x"); }));
    const RunResult second = run({PIPECTL_BINARY, "recv", "unix-dgram:/x"}, in(folder));
    CAPTURE(second);
    CHECK(second.status == exited(1));
    CHECK(second.err.find("another receiver waits there") != std::string::npos);
    const RunResult sender = run({PIPECTL_BINARY, "send", "unix-dgram:/x"}, in(folder, "data"));
    CHECK(sender.status == exited(0));
    CHECK(first.finish().out == "data");
}

TEST_CASE("a socket that a killed process left behind is no obstacle") {
    const LeakCheck check;
    const TemporaryFolder folder;
    Child killed({PIPECTL_BINARY, "recv", "unix-dgram:/x"}, in(folder));
    REQUIRE(wait_until([&] { return folder.has("pipectl-endpoints/unix-dgram:x"); }));
    REQUIRE(sleeps(killed));
    killed.signal(SIGKILL);
    REQUIRE(killed.wait());
    Child receiver({PIPECTL_BINARY, "recv", "unix-dgram:/x"}, in(folder));
    CHECK(run({PIPECTL_BINARY, "send", "unix-dgram:/x"}, in(folder, "data")).status == exited(0));
    CHECK(receiver.finish().out == "data");
}

TEST_CASE("what is no endpoint is said, with examples") {
    for (const char* wrong : {"x", "shm:", "pip:/x", "tcp:90000", "tcp:name.example:80"}) {
        CAPTURE(wrong);
        const RunResult result = run({PIPECTL_BINARY, "recv", wrong});
        CAPTURE(result);
        CHECK(result.status == exited(125));
        CHECK(result.err.starts_with("pipectl: "));
    }
    CHECK(run({PIPECTL_BINARY, "recv"}).status == exited(125));
}

TEST_CASE("two pipelines meet at an endpoint of their definitions") {
    const LeakCheck check;
    const TemporaryFolder folder;
    struct Pair {
        const char* in;
        const char* out;
    };
    std::vector<Pair> pairs = {
        {"fifo = 'fifo'", "fifo = 'fifo'"},
        {"listen = 'unix:socket'", "connect = 'unix:socket'"},
        {"connect = 'unix:socket'", "listen = 'unix:socket'"},
        {"listen = 'tcp:127.0.0.1:19471'", "connect = 'tcp:127.0.0.1:19471'"},
        {"shm = '/ring'", "shm = '/ring'"}};
    for (const Pair& pair : pairs) {
        CAPTURE(pair.in, pair.out);
        folder.write("in.toml",
                     misbehaving("sum", {"sum"}, {"stdin = { " + std::string(pair.in) + " }"}));
        folder.write("out.toml", misbehaving("write", {"write", "200000"},
                                             {"stdout = { " + std::string(pair.out) + " }"}));
        Child reader({PIPECTL_BINARY, "run", "in.toml"}, in(folder));
        const RunResult written = run({PIPECTL_BINARY, "run", "out.toml"}, in(folder));
        const RunResult read = reader.finish(20s);
        CAPTURE(read.err, written.err);
        CHECK(written.status == exited(0));
        CHECK(read.status == exited(0));
        CHECK(read.out == to_line(pattern_sum(200000)));
    }
}

TEST_CASE("a reader outside that leaves an endpoint cuts its writer, as one inside does", "[R18]") {
    const LeakCheck check;
    struct Pair {
        const char* out;
        std::vector<std::string> in;
    };
    const std::vector<Pair> pairs = {
        {"fifo = 'fifo'", {"fifo:./fifo"}},
        {"listen = 'unix:socket'", {"--connect", "unix:socket"}},
        {"connect = 'unix:socket'", {"unix:socket"}},
        {"listen = 'tcp:127.0.0.1:19472'", {"--connect", "tcp:127.0.0.1:19472"}},
        {"connect = 'tcp:127.0.0.1:19473'", {"tcp:127.0.0.1:19473"}},
        {"shm = '/ring'", {"shm:/ring"}}};
    for (const Pair& pair : pairs) {
        CAPTURE(pair.out);
        const TemporaryFolder folder;
        Child run = start_pipectl(
            folder, stage("w", {"yes"}, {"stdout = { " + std::string(pair.out) + " }"}),
            {"--json", "record"}, in(folder));
        std::string words;
        for (const std::string& word : pair.in)
            words += " " + word;
        Child reader({"sh", "-c", std::string(PIPECTL_BINARY) + " recv" + words + " | head -n 1"},
                     in(folder));
        const RunResult result = run.finish(10s);
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.err.empty());
        CHECK(reader.finish(10s).out == "y\n");
        CHECK(Record(folder.read("record")).verdict("w") == "cut");
    }
}

TEST_CASE("an address that nothing can listen at is an error at its place") {
    const LeakCheck check;
    const TemporaryFolder folder;
    const RunResult result =
        run_pipectl(folder, stage("a", {"cat"}, {"stdin = { listen = '127.0.0.1:9000' }"}));
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK(result.err.find("'127.0.0.1:9000' is no address to listen at") != std::string::npos);
    CHECK(result.err.find("tcp:HOST:PORT") != std::string::npos);
}
