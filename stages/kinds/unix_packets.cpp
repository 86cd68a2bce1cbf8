// Two connected AF_UNIX sockets that carry packets whole: sequenced ones, or datagrams, which
// between two sockets of one machine are never lost nor reordered; unix(7).

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/channel/message.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/socket_edge.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kDefaultMessageSize = 65536;
constexpr std::uint64_t kSmallestMessage = 64;
constexpr std::uint64_t kLargestMessage = 8 << 20;

class PacketPort : public MessagePort {
  public:
    PacketPort(Ticket ticket, Line& line)
        : socket_(std::move(ticket.objects.at(0))), room_(ticket.numbers[0]), line_(line) {}

    [[nodiscard]] std::size_t room() const override { return room_; }

    void send(std::span<const char> message) override {
        while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) <
               0) {
            switch (errno) {
                case EINTR: break;
                case EAGAIN: line_.wait(socket_.get(), POLLOUT); break;
                case EPIPE:
                case ECONNREFUSED:
                case ECONNRESET:
                case ENOTCONN: throw PeerGone();
                default: throw SystemError("cannot send a packet", errno);
            }
        }
    }

    std::size_t receive(std::span<char> room) override {
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
            if (got > 0) return got;
            if (got == 0) throw PeerGone();
            switch (errno) {
                case EINTR: break;
                case EAGAIN: line_.wait(socket_.get(), POLLIN); break;
                case ECONNRESET: break;  // said once, before what still waits
                default: throw SystemError("cannot receive a packet", errno);
            }
        }
    }

  private:
    Fd socket_;
    std::size_t room_;
    Line& line_;
};

EdgeEnds create_pair(int type, const char* kind, const Settings& settings) {
    const std::uint64_t size = number_of(settings, "message-size", kDefaultMessageSize);
    if (size < kSmallestMessage || size > kLargestMessage) {
        throw SystemError("cannot use messages of " + std::to_string(size) + " bytes", EINVAL,
                          "64 bytes to 8 MiB");
    }
    int pair[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0) {
        throw SystemError("cannot create a socket pair", errno);
    }
    Ticket writer{kind, {size}, {}, {}};
    Ticket reader{kind, {size}, {}, {}};
    writer.objects.emplace_back(pair[0]);
    reader.objects.emplace_back(pair[1]);
    // a packet counts with the kernel's overhead against its sender; several are to be on the way
    set_socket_buffer(writer.objects[0].get(), SO_SNDBUF, std::max<std::uint64_t>(4 * size, 212992),
                      settings.contains("message-size"));
    auto [writer_end, reader_end] = make_ticket_ends(writer, reader);
    EdgeEnds ends;
    ends.writer = std::move(writer_end);
    ends.reader = std::move(reader_end);
    return ends;
}

EdgeEnds create_seqpacket(const Settings& settings, PrivateFolder& /*folder*/) {
    return create_pair(SOCK_SEQPACKET, "unix-seqpacket", settings);
}

EdgeEnds create_datagram(const Settings& settings, PrivateFolder& /*folder*/) {
    return create_pair(SOCK_DGRAM, "unix-dgram", settings);
}

std::unique_ptr<Sender> open_sender(Ticket ticket, Line& line) {
    return std::make_unique<MessageSender>(std::make_unique<PacketPort>(std::move(ticket), line));
}

std::unique_ptr<Receiver> open_receiver(Ticket ticket, Line& line) {
    return std::make_unique<MessageReceiver>(std::make_unique<PacketPort>(std::move(ticket), line));
}

constexpr Option kOptions[] = {
    {"message-size", OptionType::size, "64KiB", "bytes in a packet at most"},
    kRecordsOption,
};

constexpr Kind packets(std::string_view name, std::string_view summary, std::string_view object,
                       EdgeEnds (*create)(const Settings&, PrivateFolder&)) {
    return bridged({.name = name,
                    .summary = summary,
                    .kernel_object = object,
                    .options = kOptions,
                    .create = create,
                    .open_sender = open_sender,
                    .open_receiver = open_receiver});
}

}  // namespace

constinit const Kind kUnixSeqpacket =
    packets("unix-seqpacket", "packets in order, with their bounds", "AF_UNIX sequenced packets",
            create_seqpacket);
constinit const Kind kUnixDgram = [] {
    Kind kind = packets("unix-dgram", "datagrams that are never lost", "AF_UNIX datagrams",
                        create_datagram);
    kind.endpoint.foreign = Foreign::local_datagrams;
    kind.endpoint.foreign_problem = socket_name_problem;
    kind.endpoint.foreign_is_path = is_socket_path;
    return kind;
}();

}  // namespace pipectl::channel
