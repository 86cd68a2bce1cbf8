#include "stages/channel/ticket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint32_t kMagic = 0x70637431;  // "pct1"
constexpr std::size_t kKindSize = 24;
constexpr std::size_t kTextSize = 1024;

/// A ticket on its way between two programs of one build.
struct Wire {
    std::uint32_t magic = kMagic;
    std::uint32_t text_size = 0;
    char kind[kKindSize] = {};
    std::uint64_t numbers[Ticket::kNumbers] = {};
    char text[kTextSize] = {};
};

union Control {
    cmsghdr align;
    char bytes[CMSG_SPACE(Ticket::kMostObjects * sizeof(int))];
};

void put(int socket, const Ticket& ticket) {
    assert(ticket.kind.size() < kKindSize && ticket.text.size() <= kTextSize);
    assert(ticket.objects.size() <= Ticket::kMostObjects);
    Wire wire;
    std::memcpy(wire.kind, ticket.kind.data(), ticket.kind.size());
    std::copy(ticket.numbers.begin(), ticket.numbers.end(), wire.numbers);
    wire.text_size = static_cast<std::uint32_t>(ticket.text.size());
    std::memcpy(wire.text, ticket.text.data(), ticket.text.size());

    iovec part{&wire, sizeof wire};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    if (!ticket.objects.empty()) {
        int numbers[Ticket::kMostObjects];
        std::size_t count = 0;
        for (const Fd& object : ticket.objects) {
            numbers[count++] = object.get();
        }
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(header), numbers, count * sizeof(int));
    }
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) !=
        static_cast<ssize_t>(sizeof wire)) {
        throw SystemError("cannot hand over a channel's end", errno);
    }
}

/// All descriptors of a message, owned at once.
std::vector<Fd> objects_of(msghdr& message) {
    std::vector<Fd> objects;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
            objects.emplace_back(number);
        }
    }
    return objects;
}

}  // namespace

TicketEnds make_ticket_ends(const Ticket& for_writer, const Ticket& for_reader) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    TicketEnds ends{Fd(pair[0]), Fd(pair[1])};
    put(ends.reader.get(), for_writer);  // arrives at the other one
    put(ends.writer.get(), for_reader);
    return ends;
}

Ticket take_ticket(int socket) {
    Wire wire;
    iovec part{&wire, sizeof wire};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && errno == ECONNRESET) {
        // said once, before what waits: the other process has gone without taking its own ticket
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    }
    if (got < 0) throw SystemError("cannot take over a channel's end", errno);
    Ticket ticket;
    ticket.objects = objects_of(message);
    wire.kind[kKindSize - 1] = '\0';
    if (got != static_cast<ssize_t>(sizeof wire) || wire.magic != kMagic ||
        wire.text_size > kTextSize) {
        throw SystemError("cannot take over a channel's end", EPROTO);
    }
    ticket.kind = wire.kind;
    std::copy(std::begin(wire.numbers), std::end(wire.numbers), ticket.numbers.begin());
    ticket.text.assign(wire.text, wire.text_size);
    return ticket;
}

}  // namespace pipectl::channel
