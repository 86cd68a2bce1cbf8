// What every direct channel promises, with real processes at its ends. `file` has its follower.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "orchestrator/meter/blocked_writers.hpp"
#include "stages/channel/kind.hpp"
#include "stages/kinds/tcp.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

/// An edge as a supervisor holds it: the writer and what follows the file are processes.
class Edge {
  public:
    explicit Edge(const Kind& kind) : kind_(kind), ends_(kind.create({}, folder_)) {
        if (!kind.follower) return;
        PipeEnds out = make_pipe();
        follower_.emplace(std::vector<std::string>{HELPER_BINARY, "follow", "3"},
                          RunOptions{.stdin_fd = ends_.reader.get(),
                                     .stdout_fd = out.writer.get(),
                                     .descriptors = {{3, ends_.finish.get()}}});
        ends_.reader = std::move(out.reader);
        ends_.finish.reset();
    }

    void start_writer(const std::function<int()>& body,
                      std::vector<std::pair<int, int>> descriptors = {}) {
        descriptors.emplace_back(1, ends_.writer.get());
        writer_.emplace(body, descriptors);
        ends_.writer.reset();
    }

    /// What a supervisor does when the writer has ended well.
    void close_hold() {
        ends_.writer_copy.reset();
        ends_.hold.reset();
    }

    /// What a supervisor does when the reader has ended: the writer's status.
    ExitStatus reader_leaves() {
        ends_.reader.reset();
        if (follower_) REQUIRE(follower_->wait() == killed_by(SIGPIPE));
        if (kind_.reader_left != nullptr) {
            warn_blocked_writers(OpenFile::of(ends_.hold.get()), [] { return true; });
            kind_.reader_left(ends_);
        }
        std::uint64_t mark = 0;
        std::optional<ExitStatus> status;
        REQUIRE(wait_until([&] {
            if (kind_.writer_goes_on != nullptr &&
                kind_.writer_goes_on(ends_.writer_copy.get(), mark)) {
                ::kill(writer_->pid(), SIGPIPE);
            }
            status = writer_->ended();
            return status.has_value();
        }));
        return *status;
    }

    [[nodiscard]] int reader() const { return ends_.reader.get(); }
    Worker& writer() { return *writer_; }
    [[nodiscard]] bool clean() const { return folder_.clean(); }

    void wait_for_follower() {
        if (follower_) REQUIRE(follower_->wait() == exited(0));
    }

  private:
    const Kind& kind_;
    TestFolder folder_;
    EdgeEnds ends_;
    std::optional<Child> follower_;
    std::optional<Worker> writer_;
};

std::int64_t carry(const Kind& kind, std::size_t size, std::size_t piece) {
    Edge edge(kind);
    edge.start_writer([&] { return write_stream(1, size, piece); });
    // the end of data is closed by a process of its own, as this one is busy reading
    std::int64_t got = 0;
    PipeEnds result = make_pipe();
    Worker reader(
        [] {
            const std::int64_t checked = check_stream(0);
            return ::write(1, &checked, sizeof checked) == sizeof checked ? 0 : 1;
        },
        {{0, edge.reader()}, {1, result.writer.get()}});
    REQUIRE(edge.writer().wait() == exited(0));
    edge.close_hold();
    REQUIRE(reader.wait() == exited(0));
    edge.wait_for_follower();
    REQUIRE(::read(result.reader.get(), &got, sizeof got) == sizeof got);
    REQUIRE(edge.clean());
    return got;
}

bool has_something(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

std::vector<const Kind*> direct_kinds() {
    std::vector<const Kind*> direct;
    for (const Kind* kind : kinds()) {
        if (kind->ends == Ends::direct) direct.push_back(kind);
    }
    return direct;
}

}  // namespace

TEST_CASE("every byte arrives once and in order on every direct channel", "[R16]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        for (const std::size_t size : {0, 1, 4095, 4096, 4097, 65535, 65536, 65537}) {
            CAPTURE(kind->name, size);
            REQUIRE(carry(*kind, size, 65536) == static_cast<std::int64_t>(size));
            REQUIRE(carry(*kind, size, 4099) == static_cast<std::int64_t>(size));
        }
        CAPTURE(kind->name);
        REQUIRE(carry(*kind, 100003, 7) == 100003);
    }
}

TEST_CASE("50 MB in writes of a prime size arrive unchanged on every direct channel", "[R16]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        CAPTURE(kind->name);
        REQUIRE(carry(*kind, 50000000, 131071) == 50000000);
    }
}

TEST_CASE("the reader sees no end of data while the supervisor holds the edge", "[R14]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        CAPTURE(kind->name);
        Edge edge(*kind);
        edge.start_writer([] { return write_all(1, "abc"); });
        REQUIRE(edge.writer().wait() == exited(0));
        char got[8] = {};
        REQUIRE(::read(edge.reader(), got, sizeof got) == 3);
        REQUIRE_FALSE(has_something(edge.reader()));
        edge.close_hold();
        REQUIRE(::read(edge.reader(), got, sizeof got) == 0);
        edge.wait_for_follower();
    }
}

TEST_CASE("a background child of the writer still counts as a writer", "[R14]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        CAPTURE(kind->name);
        PipeEnds go = make_pipe();
        Edge edge(*kind);
        edge.start_writer(
            [] {
                if (::fork() != 0) return write_all(1, "first ");
                char byte = 0;
                return ::read(3, &byte, 1) == 0 ? write_all(1, "late") : 1;
            },
            {{3, go.reader.get()}});
        REQUIRE(edge.writer().wait() == exited(0));
        edge.close_hold();
        char got[16] = {};
        REQUIRE(::read(edge.reader(), got, sizeof got) == 6);
        REQUIRE_FALSE(has_something(edge.reader()));
        go.writer.reset();
        REQUIRE(::read(edge.reader(), got, sizeof got) == 4);
        REQUIRE(::read(edge.reader(), got, sizeof got) == 0);
        edge.wait_for_follower();
        ::waitpid(-1, nullptr, 0);  // adopted from the writer
    }
}

TEST_CASE("a reader that leaves ends its writer by SIGPIPE on every direct channel", "[R18]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        CAPTURE(kind->name);
        Edge edge(*kind);
        edge.start_writer([] {
            const std::string block(10000, 'x');
            while (write_all(1, block) == 0) {
            }
            return 1;  // an error where a signal was due
        });
        char got[100];
        REQUIRE(::read(edge.reader(), got, sizeof got) == sizeof got);
        REQUIRE(edge.reader_leaves() == killed_by(SIGPIPE));
        REQUIRE(edge.clean());
    }
}

TEST_CASE("a writer that ignores SIGPIPE gets EPIPE on every direct channel but a file", "[R41]") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        if (kind->reader_gone == ReaderGone::we_tell) continue;
        // before and while it waits for room: both are told
        for (const std::size_t first : {std::size_t{10}, std::size_t{1} << 22}) {
            CAPTURE(kind->name, first);
            Edge edge(*kind);
            edge.start_writer([first] {
                ::signal(SIGPIPE, SIG_IGN);
                int error = write_all(1, std::string(first, 'x'));
                while (error == 0)
                    error = write_all(1, "more");
                return error == EPIPE ? 7 : error;
            });
            char got[10];
            REQUIRE(::read(edge.reader(), got, sizeof got) == sizeof got);
            REQUIRE(edge.reader_leaves() == exited(7));
        }
    }
}

TEST_CASE("a writer that is done when its reader leaves ends well on sockets and files") {
    const LeakCheck leaks;
    for (const Kind* kind : direct_kinds()) {
        if (kind->name == "pipe" || kind->name == "fifo") continue;  // hold less than that
        CAPTURE(kind->name);
        PipeEnds done = make_pipe();
        Edge edge(*kind);
        edge.start_writer([] { return write_all(1, std::string(150000, 'x')); },
                          {{3, done.writer.get()}});
        done.writer.reset();
        char got[100];
        REQUIRE(::read(edge.reader(), got, sizeof got) == sizeof got);
        REQUIRE(::read(done.reader.get(), got, 1) == 0);  // closed by its end
        REQUIRE(edge.reader_leaves() == exited(0));
    }
}

TEST_CASE("a reader of a socket that writes to it by mistake loses nobody's data") {
    const LeakCheck leaks;
    for (const char* name : {"unix", "tcp"}) {
        CAPTURE(name);
        TestFolder folder;
        EdgeEnds ends = find_kind(name)->create({}, folder);
        REQUIRE(::send(ends.reader.get(), "x", 1, MSG_NOSIGNAL) == -1);
        REQUIRE(errno == EPIPE);
        REQUIRE(write_all(ends.writer.get(), "abc") == 0);
        ends.writer.reset();
        ends.hold.reset();
        char got[8];
        REQUIRE(::read(ends.reader.get(), got, sizeof got) == 3);
        REQUIRE(::read(ends.reader.get(), got, sizeof got) == 0);
    }
}

TEST_CASE("strangers that connect to a TCP edge first, and stall, get nothing", "[S11]") {
    const LeakCheck leaks;
    const Fd listener = listen_on_loopback();
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    std::vector<Fd> strangers;
    for (int i = 0; i < 4; ++i) {
        strangers.emplace_back(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(strangers.back().get(), reinterpret_cast<sockaddr*>(&address), size) ==
                0);
        REQUIRE(write_all(strangers.back().get(), "garbage") == 0);
    }
    Fd own(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const TcpPair pair = meet(listener.get(), std::move(own));
    REQUIRE(write_all(pair.connecting.get(), "ours") == 0);
    char got[16] = {};
    REQUIRE(::read(pair.accepted.get(), got, sizeof got) == 4);
    REQUIRE(std::string(got) == "ours");
    for (const Fd& stranger : strangers) {
        REQUIRE(::read(stranger.get(), got, sizeof got) <= 0);
    }
}
