// Messages over datagrams that are lost, doubled and reordered on purpose, and what silence means.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "stages/base/error.hpp"
#include "stages/kinds/loopback_edge.hpp"
#include "stages/reliable/reliable.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/wait.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;

namespace {

constexpr std::size_t kDatagram = 600;
constexpr DatagramTiming kHasty{.ack_delay = 1ms,
                                .first_probe = 1ms,
                                .last_probe = 4ms,
                                .silence = 30ms,
                                .answer = 5ms,
                                .silences = 3};

struct Mischief {
    unsigned drop = 0;  ///< per cent, as all
    unsigned twice = 0;
    unsigned late = 0;
};

/// What all ends of a test share about one port.
struct Counts {
    std::atomic<int> sent = 0;
    std::atomic<int> drop_next = 0;
    std::atomic<bool> drop_all = false;
};

/// Sends through a real socket, if it sends.
class LossyPort : public DatagramPort {
  public:
    LossyPort(Fd socket, unsigned seed, Mischief mischief, Counts& counts)
        : port_(std::move(socket), kDatagram, false),
          random_(seed),
          mischief_(mischief),
          counts_(counts) {}

    [[nodiscard]] std::size_t room() const override { return port_.room(); }
    [[nodiscard]] int fd() const override { return port_.fd(); }
    std::optional<std::size_t> receive(std::span<char> head, std::span<char> body) override {
        return port_.receive(head, body);
    }

    void send(std::span<const char> head, std::span<const char> body) override {
        ++counts_.sent;
        if (counts_.drop_all || chance(mischief_.drop)) return;
        if (counts_.drop_next > 0) {
            --counts_.drop_next;
            return;
        }
        if (late_.empty() && chance(mischief_.late)) {
            late_.assign(head.begin(), head.end());
            late_.insert(late_.end(), body.begin(), body.end());
            return;
        }
        port_.send(head, body);
        if (chance(mischief_.twice)) port_.send(head, body);
        if (!late_.empty() && chance(50)) {
            port_.send(late_, {});
            late_.clear();
        }
    }

  private:
    bool chance(unsigned per_cent) { return random_() % 100 < per_cent; }

    SocketPort port_;
    std::minstd_rand random_;
    Mischief mischief_;
    Counts& counts_;
    std::vector<char> late_;  ///< goes after a later one
};

struct Pair {
    Fd one;
    Fd other;
};

Pair make_pair(int type) {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    return {Fd(pair[0]), Fd(pair[1])};
}

/// Both ends of an edge in one process.
class Edge {
  public:
    explicit Edge(std::size_t window, unsigned seed = 1, Mischief mischief = {},
                  const DatagramTiming& timing = kHasty)
        : Edge(make_pair(SOCK_DGRAM), make_pair(SOCK_SEQPACKET), window, seed, mischief, timing) {}

    ReliableSender& sender() { return *sender_; }
    ReliableReceiver& receiver() { return *receiver_; }
    Counts& from_sender() { return from_sender_; }
    Counts& from_receiver() { return from_receiver_; }
    [[nodiscard]] int socket_of_sender() const { return socket_.get(); }
    [[nodiscard]] const DatagramTerms& terms() const { return terms_; }

    void receiver_goes() {
        receiver_.reset();
        receivers_line_.reset();
    }
    void sender_goes() {
        sender_.reset();
        socket_.reset();
        senders_line_.reset();
    }
    /// A question waits on the receiver's line.
    [[nodiscard]] bool is_asked() const {
        pollfd waiting{receivers_line_->fd(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }

  private:
    Edge(Pair data, Pair line, std::size_t window, unsigned seed, Mischief mischief,
         const DatagramTiming& timing)
        : terms_{.window = window, .to_receiver = {1, seed}, .to_sender = {2, seed}},
          socket_(duplicate(data.one.get())),
          senders_line_(std::make_unique<Line>(std::move(line.one))),
          receivers_line_(std::make_unique<Line>(std::move(line.other))),
          sender_(std::make_unique<ReliableSender>(
              std::make_unique<LossyPort>(std::move(data.one), 2 * seed, mischief, from_sender_),
              *senders_line_, terms_, timing)),
          receiver_(std::make_unique<ReliableReceiver>(
              std::make_unique<LossyPort>(std::move(data.other), 2 * seed + 1, mischief,
                                          from_receiver_),
              *receivers_line_, terms_, timing)) {}

    DatagramTerms terms_;
    Counts from_sender_;
    Counts from_receiver_;
    Fd socket_;
    std::unique_ptr<Line> senders_line_;
    std::unique_ptr<Line> receivers_line_;
    std::unique_ptr<ReliableSender> sender_;
    std::unique_ptr<ReliableReceiver> receiver_;
};

std::vector<std::string> some_messages(unsigned seed, std::size_t count) {
    std::minstd_rand random(seed);
    std::vector<std::string> messages(count);
    for (std::string& message : messages) {
        message.resize(1 + random() % 500);
        std::ranges::generate(message, [&] { return static_cast<char>(random() >> 8); });
    }
    return messages;
}

/// What went wrong, in words; empty: nothing.
std::string send_all(ReliableSender& sender, const std::vector<std::string>& messages) {
    try {
        for (const std::string& message : messages) {
            sender.send(message);
        }
        sender.finish();
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::string receive_one(ReliableReceiver& receiver) {
    std::string room(receiver.room(), '\0');
    room.resize(receiver.receive(room));
    return room;
}

/// Sends in a thread and compares here.
void check_arrival(Edge& edge, const std::vector<std::string>& messages) {
    std::string went_wrong;
    std::thread thread([&] { went_wrong = send_all(edge.sender(), messages); });
    std::size_t equal = 0;
    std::string also_wrong;
    try {
        for (const std::string& message : messages) {
            equal += receive_one(edge.receiver()) == message ? 1 : 0;
        }
        edge.receiver().finish();
    } catch (const std::exception& error) {
        also_wrong = error.what();
    }
    edge.receiver_goes();
    thread.join();
    REQUIRE(went_wrong.empty());
    REQUIRE(also_wrong.empty());
    REQUIRE(equal == messages.size());
}

}  // namespace

TEST_CASE("messages arrive once and in order whatever is lost and doubled and reordered", "[R16]") {
    const LeakCheck leaks;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::minstd_rand random(seed);
        const std::size_t window = 1 + random() % DatagramTerms::kLargestWindow;
        const Mischief mischief{.drop = static_cast<unsigned>(random() % 31),
                                .twice = static_cast<unsigned>(random() % 31),
                                .late = static_cast<unsigned>(random() % 31)};
        CAPTURE(seed, window, mischief.drop, mischief.twice, mischief.late);
        Edge edge(window, seed, mischief);
        check_arrival(edge, some_messages(seed, 200));
    }
}

TEST_CASE("a lost datagram arrives while its sender does something else") {
    const LeakCheck leaks;
    Edge edge(8);
    edge.from_sender().drop_next = 3;
    edge.sender().send(std::string_view("one"));
    edge.sender().send(std::string_view("two"));
    REQUIRE(receive_one(edge.receiver()) == "one");
    REQUIRE(receive_one(edge.receiver()) == "two");
}

TEST_CASE("a receiver that is busy is asked once and then left alone") {
    const LeakCheck leaks;
    Edge edge(4);
    const std::vector<std::string> messages = some_messages(1, 4);
    for (const std::string& message : messages) {
        edge.sender().send(message);
    }
    REQUIRE(wait_until([&] { return edge.is_asked(); }));
    const int sent = edge.from_sender().sent;
    CHECK(sent < 30);
    // many times what would be too long if the receiver waited
    CHECK_FALSE(wait_until([&] { return edge.from_sender().sent > sent; }, 500ms));
    for (const std::string& message : messages) {
        REQUIRE(receive_one(edge.receiver()) == message);
    }
    edge.receiver().finish();
    edge.sender().finish();
}

TEST_CASE("sending fails when the receiver waits and nothing gets through") {
    const LeakCheck leaks;
    Edge edge(4);
    const bool one_way = GENERATE(false, true);
    (one_way ? edge.from_receiver() : edge.from_sender()).drop_all = true;
    std::string receiver_saw;
    std::thread thread([&] {
        try {
            for (;;) {
                (void)receive_one(edge.receiver());
            }
        } catch (const PeerGone&) {
            receiver_saw = "gone";
        }
    });
    int reason = 0;
    try {
        edge.sender().send(std::string_view("data"));
        edge.sender().finish();
    } catch (const SystemError& error) {
        reason = error.code();
    }
    edge.sender_goes();
    thread.join();
    REQUIRE(reason == ETIMEDOUT);
    REQUIRE(receiver_saw == "gone");
}

TEST_CASE("a receiver that has everything may go although its acknowledgements are lost") {
    const LeakCheck leaks;
    Edge edge(4);
    edge.from_receiver().drop_all = true;
    edge.sender().send(std::string_view("all"));
    REQUIRE(receive_one(edge.receiver()) == "all");
    SECTION("it has said so on the line") {
        edge.receiver().finish();
        edge.receiver_goes();
        REQUIRE_NOTHROW(edge.sender().finish());
    }
    SECTION("it has not") {
        edge.receiver_goes();
        REQUIRE_THROWS_AS(edge.sender().finish(), PeerGone);
    }
}

TEST_CASE("what does not carry the token is ignored", "[S13][S11]") {
    const LeakCheck leaks;
    Edge edge(4);
    DatagramHead head;
    head.type = DatagramType::data;
    const auto inject = [&](std::size_t size) {
        std::string bytes(sizeof head, '\0');
        std::memcpy(bytes.data(), &head, sizeof head);
        bytes = (bytes + "false").substr(0, size);
        REQUIRE(::send(edge.socket_of_sender(), bytes.data(), bytes.size(), MSG_DONTWAIT) >= 0);
    };
    head.token = {edge.terms().to_receiver[0], edge.terms().to_receiver[1] ^ 1};
    inject(sizeof head + 5);
    head.token = edge.terms().to_sender;
    inject(sizeof head + 5);
    head.token = edge.terms().to_receiver;
    head.version = 9;
    inject(sizeof head + 5);
    head.version = DatagramHead::kVersion;
    head.number = 70;  // far outside the window
    inject(sizeof head + 5);
    head.type = DatagramType{77};
    head.number = 0;
    inject(sizeof head + 5);
    head.type = DatagramType::data;
    inject(sizeof head - 1);
    edge.sender().send(std::string_view("true"));
    REQUIRE(receive_one(edge.receiver()) == "true");
}
