// What the halves of every bridged channel promise, each in a process of its own.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>

#include "stages/channel/kind.hpp"
#include "tests/support/byte_stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/run_tree.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

constexpr int kTicket = 3;
constexpr int kPeerGone = 10;  // exit statuses of the workers
constexpr int kWrongBytes = 11;
constexpr int kWrongBounds = 12;
constexpr int kFailed = 13;

std::vector<const Kind*> bridged_kinds() {
    std::vector<const Kind*> bridged;
    for (const std::string& name : channels()) {
        const Kind* const kind = find_kind(name);
        if (kind->ends == Ends::bridged) bridged.push_back(kind);
    }
    return bridged;
}

/// What a half's worker does with it: an exit status.
using SenderBody = std::function<int(Sender&)>;
using ReceiverBody = std::function<int(Receiver&)>;

int guarded(const std::function<int()>& body) {
    try {
        return body();
    } catch (const PeerGone&) {
        return kPeerGone;
    } catch (const std::exception& error) {
        (void)write_all(STDERR_FILENO, std::string(error.what()) + "\n");
        return kFailed;
    }
}

int with_sender(const SenderBody& body) {
    return guarded([&] {
        Line line{Fd(kTicket)};
        Ticket ticket = take_ticket(line.fd());
        const Kind* const kind = find_kind(ticket.kind);
        return body(*kind->open_sender(std::move(ticket), line));
    });
}

int with_receiver(const ReceiverBody& body) {
    return guarded([&] {
        Line line{Fd(kTicket)};
        Ticket ticket = take_ticket(line.fd());
        const Kind* const kind = find_kind(ticket.kind);
        return body(*kind->open_receiver(std::move(ticket), line));
    });
}

/// An edge with a process at each end.
class Edge {
  public:
    Edge(const Kind& kind, const Settings& settings, const SenderBody& sender,
         const ReceiverBody& receiver, std::vector<std::pair<int, int>> descriptors = {})
        : ends_(kind.create(settings, folder_)) {
        descriptors.emplace_back(kTicket, ends_.writer.get());
        sender_.emplace([&] { return with_sender(sender); }, descriptors);
        ends_.writer.reset();
        descriptors.back().second = ends_.reader.get();
        receiver_.emplace([&] { return with_receiver(receiver); }, descriptors);
        ends_.reader.reset();
    }

    Worker& sender() { return *sender_; }
    Worker& receiver() { return *receiver_; }
    [[nodiscard]] bool clean() const { return folder_.clean(); }

  private:
    TestFolder folder_;
    EdgeEnds ends_;
    std::optional<Worker> sender_;
    std::optional<Worker> receiver_;
};

int send_all(Sender& sender, std::string_view data, bool ends_record) {
    do {
        const std::span<char> room = sender.reserve(std::max<std::size_t>(data.size(), 1));
        const std::size_t part = std::min(room.size(), data.size());
        std::memcpy(room.data(), data.data(), part);
        data.remove_prefix(part);
        sender.commit(part, ends_record && data.empty());
    } while (!data.empty());
    return 0;
}

/// Sends the test's stream in pieces, and its end.
SenderBody sends(std::size_t size, std::size_t piece) {
    return [=](Sender& sender) {
        ByteStream stream;
        for (std::size_t sent = 0; sent < size; sent += std::min(piece, size - sent)) {
            send_all(sender, stream.next(std::min(piece, size - sent)), false);
        }
        sender.finish();
        return 0;
    };
}

/// Checks the stream, releasing at most `piece` at a time.
ReceiverBody checks(std::size_t size, std::size_t piece) {
    return [=](Receiver& receiver) {
        ByteStream stream;
        std::size_t got = 0;
        for (;;) {
            const Piece next = receiver.peek();
            if (next.end) return got == size ? 0 : kWrongBytes;
            const std::size_t part = std::min(piece, next.bytes.size());
            if (stream.next(part) != std::string_view(next.bytes.data(), part)) return kWrongBytes;
            got += part;
            receiver.release(part);
        }
    };
}

int receive_forever(Receiver& receiver) {
    for (;;) {
        const Piece next = receiver.peek();
        if (next.end) return 0;
        receiver.release(next.bytes.size());
    }
}

int send_forever(Sender& sender) {
    const std::string block(20000, 'x');
    for (;;) {
        send_all(sender, block, false);
    }
}

bool ends_within_a_second(Worker& worker, const ExitStatus& expected) {
    std::optional<ExitStatus> status;
    const bool ended = wait_until(
        [&] {
            status = worker.ended();
            return status.has_value();
        },
        1s);
    return ended && *status == expected;
}

}  // namespace

TEST_CASE("every byte arrives once and in order on every bridged channel", "[R16]") {
    const LeakCheck leaks;
    for (const Kind* kind : bridged_kinds()) {
        for (const std::size_t size : {0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1000003}) {
            for (const std::size_t piece : {std::size_t{65536}, std::size_t{4099}}) {
                CAPTURE(kind->name, size, piece);
                Edge edge(*kind, {}, sends(size, piece), checks(size, 65536 + 4099 - piece));
                REQUIRE(edge.sender().wait() == exited(0));
                REQUIRE(edge.receiver().wait() == exited(0));
                REQUIRE(edge.clean());
            }
        }
        CAPTURE(kind->name);
        Edge edge(*kind, {}, sends(20011, 7), checks(20011, 5));
        REQUIRE(edge.sender().wait() == exited(0));
        REQUIRE(edge.receiver().wait() == exited(0));
    }
}

TEST_CASE("a gigabyte in pieces of a prime size arrives unchanged on every bridged channel",
          "[R16][R35][alone]") {
    const LeakCheck leaks;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr std::size_t kSize = 50'000'000;  // sanitizers make the checking slow, not the channel
#else
    constexpr std::size_t kSize = 1'000'000'000;
#endif
    for (const Kind* kind : bridged_kinds()) {
        CAPTURE(kind->name);
        Edge edge(*kind, {}, sends(kSize, 131071), checks(kSize, 1000000));
        REQUIRE(edge.sender().wait() == exited(0));
        REQUIRE(edge.receiver().wait() == exited(0));
    }
}

TEST_CASE("records keep their bounds on every channel that says so", "[R16]") {
    const LeakCheck leaks;
    const std::vector<std::size_t> sizes = {1, 100, 4096, 0, 300001, 2, 65536};
    for (const Kind* kind : bridged_kinds()) {
        if (!kind->keeps_records) continue;
        CAPTURE(kind->name);
        Edge edge(
            *kind, {{"records", std::string("line")}},
            [&](Sender& sender) {
                ByteStream stream;
                for (const std::size_t size : sizes) {
                    send_all(sender, stream.next(size), true);
                }
                sender.finish();
                return 0;
            },
            [&](Receiver& receiver) {
                ByteStream stream;
                std::size_t got = 0;
                std::size_t record = 0;
                for (;;) {
                    const Piece next = receiver.peek();
                    if (next.end) return record == sizes.size() && got == 0 ? 0 : kWrongBounds;
                    const std::string_view bytes(next.bytes.data(), next.bytes.size());
                    if (stream.next(bytes.size()) != bytes) return kWrongBytes;
                    got += bytes.size();
                    if (next.ends_record) {
                        if (record >= sizes.size() || got != sizes[record++]) return kWrongBounds;
                        got = 0;
                    }
                    receiver.release(bytes.size());
                }
            });
        REQUIRE(edge.sender().wait() == exited(0));
        REQUIRE(edge.receiver().wait() == exited(0));
    }
}

TEST_CASE("what was committed is there at once, and a death is no end", "[S7]") {
    const LeakCheck leaks;
    for (const Kind* kind : bridged_kinds()) {
        CAPTURE(kind->name);
        PipeEnds said = make_pipe();
        Edge edge(
            *kind, {},
            [](Sender& sender) {
                send_all(sender, "abc", false);
                ::pause();
                return 0;
            },
            [](Receiver& receiver) {
                std::size_t got = 0;
                while (got < 3) {
                    const std::size_t size = receiver.peek().bytes.size();
                    got += size;
                    receiver.release(size);
                }
                (void)write_all(4, "g");
                return receiver.peek().end ? 0 : kWrongBytes;
            },
            {{4, said.writer.get()}});
        char byte = 0;
        REQUIRE(::read(said.reader.get(), &byte, 1) == 1);
        ::kill(edge.sender().pid(), SIGKILL);
        REQUIRE(ends_within_a_second(edge.receiver(), exited(kPeerGone)));
    }
}

TEST_CASE("a receiver takes all that a dead sender has sent before it is told of the death",
          "[R16][S7]") {
    const LeakCheck leaks;
    for (const Kind* kind : bridged_kinds()) {
        CAPTURE(kind->name);
        PipeEnds go = make_pipe();
        Edge edge(
            *kind, {},
            [](Sender& sender) {
                for (int i = 0; i < 2; ++i) {  // as many as the smallest queue holds
                    send_all(sender, "data", false);
                }
                ::raise(SIGKILL);
                return 0;
            },
            [](Receiver& receiver) {
                char byte = 0;
                (void)!::read(4, &byte, 1);
                std::size_t got = 0;
                try {
                    for (;;) {
                        const Piece next = receiver.peek();
                        if (next.end) return 0;
                        got += next.bytes.size();
                        receiver.release(next.bytes.size());
                    }
                } catch (const PeerGone&) {
                    return got == 8 ? kPeerGone : kWrongBytes;
                }
            },
            {{4, go.reader.get()}});
        REQUIRE(edge.sender().wait() == killed_by(SIGKILL));
        go.writer.reset();
        REQUIRE(ends_within_a_second(edge.receiver(), exited(kPeerGone)));
    }
}

TEST_CASE("a receiver that leaves ends its sender on every bridged channel", "[R18]") {
    const LeakCheck leaks;
    for (const Kind* kind : bridged_kinds()) {
        CAPTURE(kind->name);
        Edge edge(*kind, {}, send_forever, [](Receiver& receiver) {
            receiver.release(receiver.peek().bytes.size());
            return 0;
        });
        REQUIRE(edge.receiver().wait() == exited(0));
        REQUIRE(ends_within_a_second(edge.sender(), exited(kPeerGone)));
        REQUIRE(edge.clean());
    }
}

TEST_CASE("a sender that sleeps on a full channel learns of its receiver's death", "[S7][S19]") {
    const LeakCheck leaks;
    for (const Kind* kind : bridged_kinds()) {
        CAPTURE(kind->name);
        Edge edge(*kind, {}, send_forever, [](Receiver& receiver) {
            (void)receiver.peek();
            ::pause();
            return 0;
        });
        REQUIRE(wait_until([&] { return state_of(edge.sender().pid()) == 'S'; }));
        ::kill(edge.receiver().pid(), SIGKILL);
        REQUIRE(ends_within_a_second(edge.sender(), exited(kPeerGone)));
    }
}

TEST_CASE("either side may be killed at any moment, and the other ends within a second",
          "[S7][alone]") {
    std::mt19937 random(std::random_device{}());
    for (const Kind* kind : bridged_kinds()) {
        const LeakCheck leaks;
        // some notice a death only when they look for it, now and then
        const double until = now() + (long_tests() ? 100 : 4);
        for (int round = 0; round < 200 && now() < until; ++round) {
            const bool sender_dies = round % 2 == 0;
            CAPTURE(kind->name, round, sender_dies);
            Edge edge(*kind, {}, send_forever, receive_forever);
            // the moment is what is tested
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
            Worker& victim = sender_dies ? edge.sender() : edge.receiver();
            Worker& other = sender_dies ? edge.receiver() : edge.sender();
            ::kill(victim.pid(), SIGKILL);
            REQUIRE(victim.wait() == killed_by(SIGKILL));
            // before it has taken its ticket, the other one finds a dead line
            std::optional<ExitStatus> status;
            REQUIRE(wait_until(
                [&] {
                    status = other.ended();
                    return status.has_value();
                },
                1s));
            REQUIRE((*status == exited(kPeerGone) || *status == exited(kFailed)));
            REQUIRE(edge.clean());
        }
    }
}
