// TCP with TLS: the kind of edge that can be between two machines. On one machine both ends are
// connected here, as those of `tcp`, and have a key that nobody else has.

#include "stages/kinds/net.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/channel/kind.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/socket_edge.hpp"
#include "stages/kinds/tcp.hpp"

namespace pipectl::channel {

namespace {

constexpr std::string_view kName = "net";
constexpr std::size_t kLongestEdge = 512;

// the numbers of a ticket
constexpr std::size_t kCompress = 0;
constexpr std::size_t kSilence = 1;
constexpr std::size_t kReports = 2;

[[noreturn]] void fail_unlinked() {
    throw SystemError("this program has no TLS, which channel 'net' needs", ENOSYS,
                      "a native stage is linked to pipectl-stage-net for it");
}

std::unique_ptr<Sender> open_sender(Ticket ticket, Line& line) {
    if (open_net_sender == nullptr) fail_unlinked();
    return open_net_sender(std::move(ticket), line);
}

std::unique_ptr<Receiver> open_receiver(Ticket ticket, Line& line) {
    if (open_net_receiver == nullptr) fail_unlinked();
    return open_net_receiver(std::move(ticket), line);
}

EdgeEnds create(const Settings& settings, PrivateFolder& /*folder*/) {
    TcpPair pair = connect_on_loopback(settings);
    NetEnd writer;
    NetEnd reader;
    writer.socket = std::move(pair.connecting);
    reader.socket = std::move(pair.accepted);
    writer.secret = reader.secret = make_net_secret();
    writer.compress = reader.compress = text_of(settings, "compress", "none") == "zstd";
    auto [writer_end, reader_end] =
        make_ticket_ends(net_ticket(std::move(writer)), net_ticket(std::move(reader)));
    EdgeEnds ends;
    ends.writer = std::move(writer_end);
    ends.reader = std::move(reader_end);
    return ends;
}

constexpr Option kOptions[] = {
    {"compress", OptionType::choice, "none", "'zstd': fewer bytes on the way, for processor time",
     "none|zstd"},
    {"size", OptionType::size, "", "both sockets' buffers; default: the kernel tunes them"},
    kRecordsOption,
};

}  // namespace

NetSecret make_net_secret() {
    NetSecret secret;
    // 256 bytes or less are never cut short by a signal; getrandom(2)
    if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
        throw SystemError("cannot get random bytes for a channel's key", errno);
    }
    return secret;
}

Ticket net_ticket(NetEnd end) {
    if (!end.socket || end.edge.size() > kLongestEdge || end.silence.count() < 0) {
        throw SystemError("cannot make an end of channel 'net'", EINVAL);
    }
    Ticket ticket;
    ticket.kind = kName;
    ticket.numbers[kCompress] = end.compress ? 1 : 0;
    ticket.numbers[kSilence] = static_cast<std::uint64_t>(end.silence.count());
    ticket.numbers[kReports] = end.reports ? 1 : 0;
    ticket.text.assign(end.secret.data(), end.secret.size());
    ticket.text += end.edge;
    ticket.objects.push_back(std::move(end.socket));
    return ticket;
}

NetEnd net_end(Ticket ticket) {
    NetEnd end;
    const bool is_one = ticket.kind == kName && ticket.objects.size() == 1 &&
                        ticket.text.size() >= end.secret.size() &&
                        ticket.text.size() <= end.secret.size() + kLongestEdge;
    if (!is_one) throw SystemError("cannot take over an end of channel 'net'", EPROTO);
    std::memcpy(end.secret.data(), ticket.text.data(), end.secret.size());
    end.edge = ticket.text.substr(end.secret.size());
    end.compress = ticket.numbers[kCompress] != 0;
    end.silence = std::chrono::milliseconds(ticket.numbers[kSilence]);
    end.reports = ticket.numbers[kReports] != 0;
    end.socket = std::move(ticket.objects.front());
    ::explicit_bzero(ticket.text.data(), ticket.text.size());
    return end;
}

constinit const Kind kNet = bridged({
    .name = kName,
    .summary = "TCP with TLS 1.3, also from host to host",
    .kernel_object = "TCP connection with TLS",
    .program = "pipectl-net",
    .between_hosts = true,
    .options = kOptions,
    .create = create,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
    .endpoint = {.meeting = Meeting::name,
                 .who = "no other program can be at the other side, and no other machine"},
});

}  // namespace pipectl::channel
