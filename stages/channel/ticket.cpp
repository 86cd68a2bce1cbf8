#include "stages/channel/ticket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/message_socket.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint32_t kTicketMagic = 0x70637431;  // "pct1"
constexpr std::size_t kKindSize = 24;
constexpr std::size_t kTextSize = 1024;

/// A ticket on its way between two programs of one build.
struct Wire {
    std::uint32_t magic = kTicketMagic;
    std::uint32_t text_size = 0;
    char kind[kKindSize] = {};
    std::uint64_t numbers[Ticket::kNumbers] = {};
    char text[kTextSize] = {};
};

TicketEnds line_of_two() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    return {Fd(pair[0]), Fd(pair[1])};
}

}  // namespace

void put_ticket(int line, const Ticket& ticket) {
    assert(ticket.kind.size() < kKindSize && ticket.text.size() <= kTextSize);
    assert(ticket.objects.size() <= kMostPassedFds);
    Wire wire;
    std::memcpy(wire.kind, ticket.kind.data(), ticket.kind.size());
    std::copy(ticket.numbers.begin(), ticket.numbers.end(), wire.numbers);
    wire.text_size = static_cast<std::uint32_t>(ticket.text.size());
    std::memcpy(wire.text, ticket.text.data(), ticket.text.size());

    std::vector<int> objects;
    for (const Fd& object : ticket.objects) {
        objects.push_back(object.get());
    }
    const std::span bytes(reinterpret_cast<const char*>(&wire), sizeof wire);
    const bool passed = pass_message(line, bytes, objects, MSG_DONTWAIT);
    const int reason = errno;
    ::explicit_bzero(&wire, sizeof wire);  // there may be a key in it
    if (!passed) throw SystemError("cannot hand over a channel's end", reason);
}

TicketEnds make_ticket_ends(const Ticket& for_writer, const Ticket& for_reader) {
    TicketEnds ends = line_of_two();
    put_ticket(ends.reader.get(), for_writer);  // arrives at the other one
    put_ticket(ends.writer.get(), for_reader);
    return ends;
}

TicketEnd make_ticket_end(const Ticket& ticket) {
    TicketEnds ends = line_of_two();
    put_ticket(ends.reader.get(), ticket);
    return {std::move(ends.writer), std::move(ends.reader)};
}

Ticket take_ticket(int socket) {
    Wire wire;
    const std::span bytes(reinterpret_cast<char*>(&wire), sizeof wire);
    PassedMessage message = take_message(socket, bytes, MSG_DONTWAIT);
    if (message.size < 0 && errno == ECONNRESET) {
        // said once, before what waits: the other process has gone without taking its own ticket
        message = take_message(socket, bytes, MSG_DONTWAIT);
    }
    if (message.size < 0) throw SystemError("cannot take over a channel's end", errno);
    Ticket ticket;
    ticket.objects = std::move(message.fds);
    wire.kind[kKindSize - 1] = '\0';
    if (message.size != static_cast<long>(sizeof wire) || wire.magic != kTicketMagic ||
        wire.text_size > kTextSize) {
        throw SystemError("cannot take over a channel's end", EPROTO);
    }
    ticket.kind = wire.kind;
    std::copy(std::begin(wire.numbers), std::end(wire.numbers), ticket.numbers.begin());
    ticket.text.assign(wire.text, wire.text_size);
    ::explicit_bzero(&wire, sizeof wire);
    return ticket;
}

}  // namespace pipectl::channel
