// What is special to `net`: who may read it and who may speak, what zstd saves, and ends that are
// made one by one, as between two hosts.

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/kinds/net.hpp"
#include "stages/kinds/tcp.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/test_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/worker.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view kPlain = "what nobody on the way may read; ";

std::string plain_text(std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += std::string(kPlain) + std::to_string(i) + "\n";
    return text;
}

/// Sends all of it and its end; how that went, empty: well.
std::string send_text(Ticket ticket, Line& line, const std::string& text) {
    try {
        const auto sender = find_kind("net")->open_sender(std::move(ticket), line);
        std::string_view left = text;
        while (!left.empty()) {
            const std::span<char> room = sender->reserve(left.size());
            std::memcpy(room.data(), left.data(), room.size());
            sender->commit(room.size(), false);
            left.remove_prefix(room.size());
        }
        sender->finish();
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

struct Received {
    std::string text;
    std::string error;
};

Received receive_text(Ticket ticket, Line& line) {
    Received all;
    try {
        const auto receiver = find_kind("net")->open_receiver(std::move(ticket), line);
        for (Piece piece = receiver->peek(); !piece.end; piece = receiver->peek()) {
            all.text.append(piece.bytes.data(), piece.bytes.size());
            receiver->release(piece.bytes.size());
        }
    } catch (const std::exception& error) {
        all.error = error.what();
    }
    return all;
}

/// Both ends of an edge with their tickets taken, each with its line.
struct NetEdge {
    explicit NetEdge(const Settings& settings = {})
        : made(find_kind("net")->create(settings, folder)),
          senders_line(std::move(made.writer)),
          receivers_line(std::move(made.reader)),
          for_sender(take_ticket(senders_line.fd())),
          for_receiver(take_ticket(receivers_line.fd())) {}

    TestFolder folder;
    EdgeEnds made;
    Line senders_line;
    Line receivers_line;
    Ticket for_sender;
    Ticket for_receiver;
};

struct Transfer {
    std::string sent;
    Received received;
};

Transfer transfer(NetEdge& ends, const std::string& text) {
    Transfer both;
    std::thread thread(
        [&] { both.sent = send_text(std::move(ends.for_sender), ends.senders_line, text); });
    both.received = receive_text(std::move(ends.for_receiver), ends.receivers_line);
    thread.join();
    return both;
}

TcpPair tcp_pair() {
    return connect_on_loopback({});
}

NetEnd net_end_of(Fd socket, const NetSecret& secret) {
    NetEnd end;
    end.socket = std::move(socket);
    end.secret = secret;
    end.edge = "run\na -> b";
    return end;
}

/// All that passes on the loopback interface while it lives; packet(7).
class Wiretap {
  public:
    Wiretap() : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP))) {
        REQUIRE(socket_.valid());
        const int room = 64 << 20;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
        sockaddr_ll where{};
        where.sll_family = AF_PACKET;
        where.sll_protocol = htons(ETH_P_IP);
        where.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
        REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    }

    /// Whether any packet so far had it.
    bool has_heard(std::string_view words) {
        std::string packet(128 << 10, '\0');
        bool heard = false;
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
            if (got < 0) return heard;
            heard = heard || std::string_view(packet.data(), got).find(words) != std::string::npos;
        }
    }

  private:
    Fd socket_;
};

std::uint64_t bytes_sent_over(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    REQUIRE(::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_bytes_acked;
}

char next_news(const Fd& line) {
    char news = 0;
    pollfd waiting{line.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) != 1) return '-';
    return ::recv(line.get(), &news, 1, 0) == 1 ? news : '0';
}

int number_of_socket(int socket, int level, int option) {
    int number = -1;
    socklen_t size = sizeof number;
    ::getsockopt(socket, level, option, &number, &size);
    return number;
}

}  // namespace

TEST_CASE("nobody on the wire can read what a net edge carries", "[S25]") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: needs root");
        return;
    }
    const LeakCheck leaks;
    const std::string text = plain_text(2000);
    Wiretap tap;
    TcpPair clear = tcp_pair();
    REQUIRE(write_all(clear.connecting.get(), text.substr(0, 4096)) == 0);
    REQUIRE(wait_until([&] { return tap.has_heard(kPlain); }, 5s));  // it hears what is clear
    NetEdge ends;
    const Transfer done = transfer(ends, text);
    CHECK(done.sent.empty());
    CHECK(done.received.error.empty());
    CHECK(done.received.text == text);
    CHECK_FALSE(tap.has_heard(kPlain.substr(0, 12)));
}

TEST_CASE("an end with another key gets nothing and gives nothing", "[S25]") {
    const LeakCheck leaks;
    NetEdge ends;
    ends.for_receiver.text[7] = static_cast<char>(ends.for_receiver.text[7] ^ 1);
    const Transfer done = transfer(ends, plain_text(100));
    CHECK(done.received.text.empty());
    CHECK_THAT(done.received.error, ContainsSubstring("has another key"));
    CHECK_FALSE(done.sent.empty());

    // the same secret for another edge is another key
    TcpPair pair = tcp_pair();
    const NetSecret secret = make_net_secret();
    NetEnd one = net_end_of(std::move(pair.connecting), secret);
    NetEnd other = net_end_of(std::move(pair.accepted), secret);
    other.edge = "run\na -> c";
    NetEdge mixed;
    mixed.for_sender = net_ticket(std::move(one));
    mixed.for_receiver = net_ticket(std::move(other));
    CHECK_THAT(transfer(mixed, "x").received.error, ContainsSubstring("has another key"));
}

TEST_CASE("the key of an edge is in no argument and no variable of its helper", "[S15]") {
    const LeakCheck leaks;
    NetEdge edge;
    const std::string key = edge.for_sender.text.substr(0, sizeof(NetSecret));
    TicketEnd handed = make_ticket_end(edge.for_sender);
    const PipeEnds input = make_pipe();
    Worker helper(
        [] {
            ::execl(NET_BINARY, "pipectl-net", "send", "3", nullptr);
            return 1;
        },
        {{0, input.reader.get()}, {3, handed.end.get()}});
    const std::string process = "/proc/" + std::to_string(helper.pid());
    REQUIRE(wait_until(
        [&] { return read_small_file(process + "/cmdline").starts_with("pipectl-net"); }));
    std::string hex;
    for (const char byte : key) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(byte) >> 4];
        hex += kDigits[static_cast<unsigned char>(byte) & 15];
    }
    const std::string seen =
        read_small_file(process + "/cmdline") + read_small_file(process + "/environ");
    CHECK(seen.find(key) == std::string::npos);
    CHECK(seen.find(hex) == std::string::npos);
}

TEST_CASE("a byte that was changed on the way is not passed on", "[S25]") {
    const LeakCheck leaks;
    TcpPair first = tcp_pair();
    TcpPair second = tcp_pair();
    const NetSecret secret = make_net_secret();
    NetEdge ends;
    ends.for_sender = net_ticket(net_end_of(std::move(first.connecting), secret));
    ends.for_receiver = net_ticket(net_end_of(std::move(second.accepted), secret));
    // the handshake passes; one byte of the data, far behind it, is another one
    std::thread relay([&] {
        std::size_t seen = 0;
        std::string block(64 << 10, '\0');
        pollfd both[] = {{first.accepted.get(), POLLIN, 0}, {second.connecting.get(), POLLIN, 0}};
        bool goes_on = true;
        while (goes_on && ::poll(both, 2, 10'000) > 0) {
            for (const int from : {0, 1}) {
                if (both[from].revents == 0) continue;
                const ssize_t got = ::recv(both[from].fd, block.data(), block.size(), 0);
                const std::size_t size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
                if (from == 0 && seen <= 100'000 && 100'000 < seen + size) {
                    block[100'000 - seen] = static_cast<char>(block[100'000 - seen] ^ 4);
                }
                if (from == 0) seen += size;
                goes_on = size > 0 && write_all(both[1 - from].fd, {block.data(), size}) == 0;
                if (!goes_on) break;
            }
        }
        first.accepted.reset();
        second.connecting.reset();
    });
    const std::string text = plain_text(10'000);
    const Transfer done = transfer(ends, text);
    relay.join();
    CHECK_THAT(done.received.error, ContainsSubstring("the channel is corrupt"));
    CHECK(text.starts_with(done.received.text));
    CHECK(done.received.text.size() < 100'000);
}

TEST_CASE("with zstd fewer bytes are on the wire and the same arrive") {
    const LeakCheck leaks;
    const std::string text = plain_text(50'000);
    std::uint64_t bytes[2] = {};
    for (const bool compress : {false, true}) {
        NetEdge ends({{"compress", std::string(compress ? "zstd" : "none")}});
        const Fd watched = duplicate(ends.for_sender.objects[0].get());
        const Transfer done = transfer(ends, text);
        CHECK(done.sent.empty());
        CHECK(done.received.error.empty());
        CHECK(done.received.text == text);
        bytes[compress ? 1 : 0] = bytes_sent_over(watched.get());
    }
    CHECK(bytes[0] > text.size());
    CHECK(bytes[0] < text.size() + text.size() / 100);
    CHECK(bytes[1] < text.size() / 4);
}

TEST_CASE("an end that reports closes strangers and takes the next peer", "[S25]") {
    const LeakCheck leaks;
    const NetSecret secret = make_net_secret();
    const auto end_for = [&](Fd socket) {
        NetEnd end = net_end_of(std::move(socket), secret);
        end.reports = true;
        end.silence = 300ms;
        return net_ticket(std::move(end));
    };
    TcpPair rude = tcp_pair();
    TicketEnd receiver = make_ticket_end(end_for(std::move(rude.accepted)));
    Line line{std::move(receiver.end)};
    Received received;
    std::thread thread([&] { received = receive_text(take_ticket(line.fd()), line); });

    REQUIRE(write_all(rude.connecting.get(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") == 0);
    CHECK(next_news(receiver.line) == 'r');

    TcpPair silent = tcp_pair();
    put_ticket(receiver.line.get(), end_for(std::move(silent.accepted)));
    CHECK(next_news(receiver.line) == 'r');

    TcpPair wrong = tcp_pair();
    put_ticket(receiver.line.get(), end_for(std::move(wrong.accepted)));
    TicketEnd stranger =
        make_ticket_end(net_ticket(net_end_of(std::move(wrong.connecting), make_net_secret())));
    Line strangers_line{std::move(stranger.end)};
    CHECK_FALSE(send_text(take_ticket(strangers_line.fd()), strangers_line, "mine").empty());
    CHECK(next_news(receiver.line) == 'r');

    TcpPair right = tcp_pair();
    put_ticket(receiver.line.get(), end_for(std::move(right.accepted)));
    TicketEnd sender = make_ticket_end(end_for(std::move(right.connecting)));
    Line senders_line{std::move(sender.end)};
    CHECK(send_text(take_ticket(senders_line.fd()), senders_line, "yours").empty());
    CHECK(next_news(sender.line) == 'u');
    CHECK(next_news(receiver.line) == 'u');
    thread.join();
    CHECK(received.error.empty());
    CHECK(received.text == "yours");
}

TEST_CASE("a reader that leaves is known to a writer that has nothing to write", "[R17]") {
    const LeakCheck leaks;
    const NetSecret secret = make_net_secret();
    TcpPair pair = tcp_pair();
    TicketEnd sender = make_ticket_end(net_ticket(net_end_of(std::move(pair.connecting), secret)));
    TicketEnd receiver = make_ticket_end(net_ticket(net_end_of(std::move(pair.accepted), secret)));
    Line senders_line{std::move(sender.end)};
    Line receivers_line{std::move(receiver.end)};
    const auto net = find_kind("net");
    auto reading = net->open_receiver(take_ticket(receivers_line.fd()), receivers_line);
    std::thread thread([&] {
        reading->peek();
        reading.reset();
    });
    const auto writing = net->open_sender(take_ticket(senders_line.fd()), senders_line);
    writing->reserve(1)[0] = 'x';
    writing->commit(1, false);
    const PipeEnds quiet = make_pipe();
    // the lines' other ends are open: only the connection says it
    CHECK_THROWS_AS(senders_line.wait(quiet.reader.get(), POLLIN, 10'000), PeerGone);
    thread.join();
}

TEST_CASE("how long a peer may be silent is the connection's own limit") {
    const NetSecret secret = make_net_secret();
    TcpPair pair = tcp_pair();
    const Fd watched = duplicate(pair.accepted.get());
    NetEnd end = net_end_of(std::move(pair.accepted), secret);
    end.silence = 10s;
    TicketEnd made = make_ticket_end(net_ticket(std::move(end)));
    Line line{std::move(made.end)};
    const auto receiver = find_kind("net")->open_receiver(take_ticket(line.fd()), line);
    CHECK(number_of_socket(watched.get(), IPPROTO_TCP, TCP_USER_TIMEOUT) == 10'000);
    CHECK(number_of_socket(watched.get(), SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(number_of_socket(watched.get(), IPPROTO_TCP, TCP_KEEPIDLE) == 2);
}
