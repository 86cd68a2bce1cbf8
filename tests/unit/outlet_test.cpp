// What pipectl writes where somebody else reads: never waits, keeps, drops, and tells.

#include "orchestrator/process/outlet.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

std::string read_available(int fd) {
    std::string all;
    char block[65536];
    set_nonblocking(fd, true);
    for (ssize_t got = 0; (got = ::read(fd, block, sizeof block)) > 0;) {
        all.append(block, static_cast<std::size_t>(got));
    }
    return all;
}

}  // namespace

TEST_CASE("what a reader does not take waits, and comes in order later", "[outlet][R40]") {
    const PipeEnds pipe = make_pipe();
    Outlet outlet(pipe.writer.get());
    std::string sent;
    for (int i = 0; i < 3000; ++i) {
        const std::string line = "line " + std::to_string(i) + " of a stage that says much\n";
        CHECK(outlet.put(line));
        sent += line;
    }
    REQUIRE(outlet.stuck());
    std::string got;
    while (outlet.stuck()) {
        got += read_available(pipe.reader.get());
        outlet.push();
    }
    got += read_available(pipe.reader.get());
    CHECK(got == sent);
    CHECK(outlet.take_dropped() == 0);
}

TEST_CASE("the description that others share is left as it is", "[outlet][R15]") {
    const PipeEnds pipe = make_pipe();
    Outlet outlet(pipe.writer.get());
    CHECK(outlet.put("words\n"));
    CHECK((::fcntl(pipe.writer.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK(outlet.descriptor() != pipe.writer.get());
    CHECK(read_available(pipe.reader.get()) == "words\n");
}

TEST_CASE("what is too much for a reader that does not read is dropped and counted",
          "[outlet][R40]") {
    const PipeEnds pipe = make_pipe();
    Outlet outlet(pipe.writer.get());
    const std::string block(1 << 16, '\n');
    int kept = 0;
    while (outlet.put(block)) {
        ++kept;
    }
    CHECK(kept >= 16);
    CHECK(outlet.take_dropped() == block.size());
    CHECK_FALSE(outlet.drain(20ms, {}));
    CHECK_FALSE(outlet.stuck());
}

TEST_CASE("a drain ends early when it is enough", "[outlet][R40]") {
    const PipeEnds pipe = make_pipe();
    Outlet outlet(pipe.writer.get());
    CHECK(outlet.put(std::string(1 << 18, 'x')));
    CHECK_FALSE(outlet.drain(1h, [] { return true; }));
}

TEST_CASE("a reader that has gone is no reason to wait or to die", "[outlet]") {
    ::signal(SIGPIPE, SIG_IGN);
    PipeEnds pipe = make_pipe();
    pipe.reader.reset();
    Outlet outlet(pipe.writer.get());
    CHECK_FALSE(outlet.put("words\n"));
    CHECK(outlet.error() == EPIPE);
    CHECK_FALSE(outlet.stuck());
    ::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("a socket that is full is not waited for", "[outlet][R40]") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const Fd writer(ends[0]);
    const Fd reader(ends[1]);
    Outlet outlet(writer.get());
    const std::string text(1 << 20, 'x');
    CHECK(outlet.put(text));
    REQUIRE(outlet.stuck());
    CHECK((::fcntl(writer.get(), F_GETFL) & O_NONBLOCK) == 0);
    std::string got;
    for (int round = 0; round < 1000 && got.size() < text.size(); ++round) {
        got += read_available(reader.get());
        outlet.push();
    }
    CHECK(got == text);
}

TEST_CASE("a bounded write gives up on a reader that takes nothing", "[outlet][R40]") {
    const PipeEnds pipe = make_pipe();
    CHECK(write_bounded(pipe.writer.get(), "short", 10ms) == 0);
    CHECK(write_bounded(pipe.writer.get(), std::string(1 << 20, 'x'), 10ms) == EAGAIN);
}
