#include "stages/kinds/loopback_edge.hpp"

#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "stages/base/error.hpp"
#include "stages/base/units.hpp"
#include "stages/kinds/socket_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kDefaultDatagram = 60 << 10;
constexpr std::uint64_t kSmallestDatagram = 128;
/// A dozen large datagrams: more only pushes their bytes out of the processor's cache.
constexpr std::uint64_t kDefaultBuffer = 512 << 10;

// the numbers of a ticket
constexpr std::size_t kRoom = 0;
constexpr std::size_t kHasIpHead = 1;
constexpr std::size_t kWindow = 2;
constexpr std::size_t kToReceiver = 3;
constexpr std::size_t kToSender = kToReceiver + 2;

void make_tokens(DatagramTerms& terms) {
    Token tokens[2];
    // 256 bytes or less are never cut short by a signal; getrandom(2)
    if (::getrandom(tokens, sizeof tokens, 0) != static_cast<ssize_t>(sizeof tokens)) {
        throw SystemError("cannot get random bytes for a channel", errno);
    }
    terms.to_receiver = tokens[0];
    terms.to_sender = tokens[1];
}

struct Memory {
    std::uint64_t used;
    std::uint64_t limit;
};

Memory receive_memory(int socket) {
    std::uint32_t memory[SK_MEMINFO_VARS] = {};
    socklen_t size = sizeof memory;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) {
        throw SystemError("cannot look at a socket's memory", errno);
    }
    return {memory[SK_MEMINFO_RMEM_ALLOC], memory[SK_MEMINFO_RCVBUF]};
}

/// How many of the largest datagrams fit, found out with one that no receiver will take for data:
/// what a datagram costs beside its bytes is the kernel's own affair.
std::size_t measure_window(const LoopbackEdge& edge, const LoopbackSockets& sockets,
                           std::uint64_t datagram, const DatagramTerms& terms) {
    constexpr int kTries = 20;
    constexpr int kPatienceMs = 50;
    std::vector<char> bytes(datagram);
    DatagramHead head;  // of no type
    head.token = terms.to_receiver;
    std::memcpy(bytes.data(), &head, sizeof head);
    for (int i = 0; i < kTries; ++i) {
        if (::send(sockets.writer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
            throw SystemError(
                "cannot send a datagram of " + format_size(datagram) + " over '" + edge.kind + "'",
                errno);
        }
        pollfd waiting{sockets.reader.get(), POLLIN, 0};
        if (::poll(&waiting, 1, kPatienceMs) <= 0) continue;
        const Memory memory = receive_memory(sockets.reader.get());
        while (::recv(sockets.reader.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) >= 0) {
        }
        // udp(7) gives memory back by the quarter, and probes need some
        const std::uint64_t fit = memory.limit * 2 / 3 / std::max<std::uint64_t>(memory.used, 1);
        return std::clamp<std::uint64_t>(fit, 1, DatagramTerms::kLargestWindow);
    }
    throw SystemError("cannot send datagrams over '" + std::string(edge.kind) +
                          "': the loopback interface loses them",
                      ETIMEDOUT, "does a firewall drop them?");
}

std::unique_ptr<DatagramPort> port_of(Ticket& ticket) {
    return std::make_unique<SocketPort>(std::move(ticket.objects.at(0)), ticket.numbers[kRoom],
                                        ticket.numbers[kHasIpHead] != 0);
}

DatagramTerms terms_of(const Ticket& ticket) {
    const auto& numbers = ticket.numbers;
    return {.window = numbers[kWindow],
            .to_receiver = {numbers[kToReceiver], numbers[kToReceiver + 1]},
            .to_sender = {numbers[kToSender], numbers[kToSender + 1]}};
}

}  // namespace

EdgeEnds create_loopback_edge(const LoopbackEdge& edge, const Settings& settings) {
    const std::uint64_t datagram = number_of(settings, "message-size", kDefaultDatagram);
    if (datagram < kSmallestDatagram || datagram > edge.largest_datagram) {
        throw SystemError("cannot use datagrams of " + std::to_string(datagram) + " bytes", EINVAL,
                          std::to_string(kSmallestDatagram) + " to " +
                              std::to_string(edge.largest_datagram) + " bytes");
    }
    DatagramTerms terms;
    make_tokens(terms);
    LoopbackSockets sockets = edge.connect(terms);
    const std::uint64_t buffer = number_of(settings, "size", kDefaultBuffer);
    set_socket_buffer(sockets.reader.get(), SO_RCVBUF, buffer, settings.contains("size"));
    set_socket_buffer(sockets.writer.get(), SO_SNDBUF, buffer, false);
    terms.window = measure_window(edge, sockets, datagram, terms);

    Ticket writer{edge.kind, {}, {}, {}};
    Ticket reader{edge.kind, {}, {}, {}};
    for (Ticket* ticket : {&writer, &reader}) {
        ticket->numbers = {datagram,
                           edge.has_ip_head ? 1U : 0U,
                           terms.window,
                           terms.to_receiver[0],
                           terms.to_receiver[1],
                           terms.to_sender[0],
                           terms.to_sender[1]};
    }
    writer.objects.push_back(std::move(sockets.writer));
    reader.objects.push_back(std::move(sockets.reader));
    auto [writer_end, reader_end] = make_ticket_ends(writer, reader);
    EdgeEnds ends;
    ends.writer = std::move(writer_end);
    ends.reader = std::move(reader_end);
    return ends;
}

std::unique_ptr<Sender> open_loopback_sender(Ticket ticket, Line& line) {
    return std::make_unique<MessageSender>(
        std::make_unique<ReliableSender>(port_of(ticket), line, terms_of(ticket)));
}

std::unique_ptr<Receiver> open_loopback_receiver(Ticket ticket, Line& line) {
    return std::make_unique<MessageReceiver>(
        std::make_unique<ReliableReceiver>(port_of(ticket), line, terms_of(ticket)));
}

}  // namespace pipectl::channel
