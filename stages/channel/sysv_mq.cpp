// A System V message queue: messages have a type, and a reader takes those of its own; sysvipc(7),
// msgop(2). Its calls cannot be waited for by poll(2), and it lives until somebody removes it: its
// reader does, as soon as it has the end of data or goes.

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/channel/kind_list.hpp"
#include "stages/channel/message.hpp"
#include "stages/channel/now_and_then.hpp"
#include "stages/channel/sysv_object.hpp"
#include "stages/channel/wake_up.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kSmallestMessage = 64;
constexpr const char* kMessageLimit = "/proc/sys/kernel/msgmax";
constexpr const char* kQueueLimit = "/proc/sys/kernel/msgmnb";
constexpr const char* kQueuesLimit = "/proc/sys/kernel/msgmni";

/// Both halves' view of the queue; they differ in who removes it.
class TypedPort : public MessagePort {
  public:
    TypedPort(Ticket ticket, Line& line, bool removes)
        : ticket_(std::move(ticket)),
          id_(static_cast<int>(ticket_.numbers[0])),
          room_(ticket_.numbers[1]),
          type_(static_cast<long>(ticket_.numbers[2])),
          removes_(removes),
          message_(sizeof type_ + room_),
          line_(line) {}
    ~TypedPort() override {
        if (removes_) ::msgctl(id_, IPC_RMID, nullptr);
    }
    TypedPort(const TypedPort&) = delete;
    TypedPort& operator=(const TypedPort&) = delete;

    [[nodiscard]] std::size_t room() const override { return room_; }

    void send(std::span<const char> message) override {
        if (look_.due()) line_.check();
        std::memcpy(message_.data(), &type_, sizeof type_);
        std::memcpy(message_.data() + sizeof type_, message.data(), message.size());
        for (;;) {
            const WakeUp::Scope waiting(wake_up_);
            if (::msgsnd(id_, message_.data(), message.size(), 0) == 0) return;
            if (errno == EIDRM || errno == EINVAL) throw PeerGone();  // the reader removed it
            if (errno != EINTR) throw SystemError("cannot send to a message queue", errno);
            line_.check();
        }
    }

    std::size_t receive(std::span<char> room) override {
        for (;;) {
            const ssize_t got = take(0);
            if (got >= 0) return deliver(got, room);
            if (errno != EINTR) throw SystemError("cannot receive from a message queue", errno);
            if (!line_.is_peer_gone()) {
                line_.check();  // our own side may have gone
                continue;
            }
            // all that was sent before is here by now
            const ssize_t last = take(IPC_NOWAIT);
            if (last < 0) throw PeerGone();
            return deliver(last, room);
        }
    }

    std::size_t receive_now(std::span<char> room) override {
        const ssize_t got = take(IPC_NOWAIT);
        return got > 0 ? deliver(got, room) : 0;
    }

  private:
    ssize_t take(int flags) {
        const WakeUp::Scope waiting(wake_up_);
        return ::msgrcv(id_, message_.data(), room_, type_, flags);
    }

    [[nodiscard]] std::size_t deliver(ssize_t got, std::span<char> room) const {
        std::memcpy(room.data(), message_.data() + sizeof type_, static_cast<std::size_t>(got));
        return static_cast<std::size_t>(got);
    }

    Ticket ticket_;
    int id_;
    std::size_t room_;
    long type_;
    bool removes_;
    std::vector<char> message_;  ///< a long with the type, then the bytes; msgop(2)
    Line& line_;
    WakeUp wake_up_;
    NowAndThen look_;
};

std::uint64_t limit_in(const char* file, std::uint64_t otherwise) {
    const std::string text = read_small_file(file);
    std::uint64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::uint64_t message_size(const Settings& settings) {
    const std::uint64_t largest =
        std::min(limit_in(kMessageLimit, 8192), limit_in(kQueueLimit, 16384));
    // two in the queue, so that the reader has work while the writer fills the next
    const std::uint64_t usual = std::min(largest, limit_in(kQueueLimit, 16384) / 2);
    const std::uint64_t size = number_of(settings, "message-size", usual);
    if (size < kSmallestMessage || size > largest) {
        throw SystemError("cannot use messages of " + std::to_string(size) + " bytes", EINVAL,
                          "64 to " + std::to_string(largest) + ", the least of " + kMessageLimit +
                              " and " + kQueueLimit);
    }
    return size;
}

std::uint64_t message_type(const Settings& settings) {
    const std::uint64_t type = number_of(settings, "type", 1);
    if (type < 1 || type > LONG_MAX) {
        throw SystemError("cannot use message type " + std::to_string(type), EINVAL,
                          "types start at 1");
    }
    return type;
}

EdgeEnds create(const Settings& settings, PrivateFolder& folder) {
    const std::uint64_t size = message_size(settings);
    const std::uint64_t type = message_type(settings);
    const int id = ::msgget(IPC_PRIVATE, S_IRUSR | S_IWUSR);
    if (id < 0) {
        const int error = errno;
        throw SystemError("cannot create a System V message queue", error,
                          error == ENOSPC ? std::string(kQueuesLimit) + " is " +
                                                std::to_string(limit_in(kQueuesLimit, 0)) +
                                                ": remove queues that nobody needs ('ipcs -q', "
                                                "ipcrm), or raise it with sysctl"
                                          : "");
    }
    try {
        folder.will_create(sysv_name(SysvKind::queue, id));
        const Ticket ticket{"sysv-mq", {static_cast<std::uint64_t>(id), size, type}, {}, {}};
        auto [writer_end, reader_end] = make_ticket_ends(ticket, ticket);
        EdgeEnds ends;
        ends.writer = std::move(writer_end);
        ends.reader = std::move(reader_end);
        return ends;
    } catch (...) {
        ::msgctl(id, IPC_RMID, nullptr);
        throw;
    }
}

std::unique_ptr<Sender> open_sender(Ticket ticket, Line& line) {
    return std::make_unique<MessageSender>(
        std::make_unique<TypedPort>(std::move(ticket), line, false));
}

std::unique_ptr<Receiver> open_receiver(Ticket ticket, Line& line) {
    return std::make_unique<MessageReceiver>(
        std::make_unique<TypedPort>(std::move(ticket), line, true));
}

constexpr Option kOptions[] = {
    {"type", OptionType::integer, "1", "type of the edge's messages, 1 or more"},
    {"message-size", OptionType::size, "8KiB",
     "bytes in a message at most; default: as many as the kernel lets be, two to a queue"},
    kRecordsOption,
};

}  // namespace

constinit const Kind kSysvMq = {
    .name = "sysv-mq",
    .summary = "messages with types, for several readers",
    .kernel_object = "System V message queue",
    .ends = Ends::bridged,
    .keeps_records = true,
    .supported = true,
    .reopenable = false,
    .follower = false,
    .reader_gone = ReaderGone::kernel_tells,
    .options = kOptions,
    .create = create,
    .writer_goes_on = nullptr,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};

}  // namespace pipectl::channel
