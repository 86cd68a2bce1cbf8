#pragma once

// What `udp` and `raw` share: two sockets of the loopback interface that are connected to each
// other, and reliable.hpp over them.

#include "stages/channel/kind.hpp"
#include "stages/reliable/reliable.hpp"

namespace pipectl::channel {

struct LoopbackSockets {
    Fd writer;
    Fd reader;
};

/// What one of the two kinds has of its own.
struct LoopbackEdge {
    const char* kind;
    std::uint64_t largest_datagram;  ///< without the headers of the protocols below
    bool has_ip_head;                ///< a received datagram begins with it; raw(7)
    LoopbackSockets (*connect)(const DatagramTerms&);  ///< non-blocking; throws SystemError
};

inline constexpr Option kLoopbackOptions[] = {
    {"message-size", OptionType::size, "60KiB", "bytes in a datagram at most"},
    {"size", OptionType::size, "", "the receiving socket's buffer; default: up to 512 KiB"},
    kRecordsOption,
};

/// Makes the sockets and says how many datagrams may be on the way, by what the kernel counts for
/// one. Throws SystemError, also when the loopback interface does not carry them.
EdgeEnds create_loopback_edge(const LoopbackEdge& edge, const Settings& settings);

std::unique_ptr<Sender> open_loopback_sender(Ticket ticket, Line& line);
std::unique_ptr<Receiver> open_loopback_receiver(Ticket ticket, Line& line);

/// A kind of which only the sockets are its own.
constexpr Kind loopback_kind(std::string_view name, std::string_view summary,
                             std::string_view kernel_object,
                             EdgeEnds (*create)(const Settings&, PrivateFolder&)) {
    return bridged(
        {.name = name,
         .summary = summary,
         .kernel_object = kernel_object,
         .options = kLoopbackOptions,
         .create = create,
         .open_sender = open_loopback_sender,
         .open_receiver = open_loopback_receiver,
         .limited = true,
         .endpoint = {.meeting = Meeting::name,
                      .who = "no other program can be at the other side, and no other machine"}});
}

/// A connected, non-blocking socket.
class SocketPort : public DatagramPort {
  public:
    SocketPort(Fd socket, std::size_t room, bool has_ip_head)
        : socket_(std::move(socket)), room_(room), has_ip_head_(has_ip_head) {}

    [[nodiscard]] std::size_t room() const override { return room_; }
    void send(std::span<const char> head, std::span<const char> body) override;
    std::optional<std::size_t> receive(std::span<char> head, std::span<char> body) override;
    [[nodiscard]] int fd() const override { return socket_.get(); }

  private:
    Fd socket_;
    std::size_t room_;
    bool has_ip_head_;
};

}  // namespace pipectl::channel
