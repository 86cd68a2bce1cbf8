// A System V message queue: messages have a type, and a reader takes those of its own; sysvipc(7),
// msgop(2). Its calls cannot be waited for by poll(2), and it lives until somebody removes it: its
// reader does, as soon as it has the end of data or goes.

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/base/kernel_limit.hpp"
#include "stages/channel/message.hpp"
#include "stages/channel/now_and_then.hpp"
#include "stages/channel/queue_share.hpp"
#include "stages/channel/wake_up.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/kinds/sysv_mq.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kSmallestMessage = 64;
constexpr const char* kMessageLimit = "/proc/sys/kernel/msgmax";
constexpr const char* kQueueLimit = "/proc/sys/kernel/msgmnb";
constexpr const char* kQueuesLimit = "/proc/sys/kernel/msgmni";

/// Both halves' view of the queue; they differ in who removes it.
class TypedPort : public MessagePort {
  public:
    TypedPort(Ticket ticket, Line& line, bool is_reader)
        : ticket_(std::move(ticket)),
          queue_(TypedQueue::from(ticket_)),
          id_(static_cast<int>(queue_.id)),
          room_(queue_.room),
          type_(static_cast<long>(queue_.type)),
          removes_(is_reader && !queue_.stays),
          message_(sizeof type_ + room_),
          line_(line),
          share_(line, queue_.share) {}
    ~TypedPort() override {
        if (removes_) ::msgctl(id_, IPC_RMID, nullptr);
    }
    TypedPort(const TypedPort&) = delete;
    TypedPort& operator=(const TypedPort&) = delete;

    [[nodiscard]] std::size_t room() const override { return room_; }

    void send(std::span<const char> message) override {
        if (look_.due()) line_.check();
        share_.take();
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
            if (type_ == kEndpointType) refuse_foreign_messages(id_);
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

    [[nodiscard]] std::size_t deliver(ssize_t got, std::span<char> room) {
        share_.give_back();
        std::memcpy(room.data(), message_.data() + sizeof type_, got);
        return got;
    }

    Ticket ticket_;
    TypedQueue queue_;
    int id_;
    std::size_t room_;
    long type_;
    bool removes_;
    std::vector<char> message_;  ///< a long with the type, then the bytes; msgop(2)
    Line& line_;
    WakeUp wake_up_;
    NowAndThen look_;
    QueueShare share_;
};

std::uint64_t message_size(const Settings& settings) {
    const std::uint64_t largest =
        std::min(kernel_limit(kMessageLimit, 8192), kernel_limit(kQueueLimit, 16384));
    // two in the queue, so that the reader has work while the writer fills the next
    const std::uint64_t usual = std::min(largest, kernel_limit(kQueueLimit, 16384) / 2);
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

int make_queue(PrivateFolder& folder) {
    (void)folder.path();
    const int id = ::msgget(IPC_PRIVATE, S_IRUSR | S_IWUSR);
    if (id < 0) {
        const int error = errno;
        throw SystemError("cannot create a System V message queue", error,
                          error == ENOSPC ? std::string(kQueuesLimit) + " is " +
                                                std::to_string(kernel_limit(kQueuesLimit, 0)) +
                                                ": remove queues that nobody needs ('ipcs -q', "
                                                "ipcrm), or raise it with sysctl"
                                          : "");
    }
    try {
        folder.will_create(sysv_name(SysvKind::queue, id));
    } catch (...) {
        ::msgctl(id, IPC_RMID, nullptr);
        throw;
    }
    return id;
}

/// An edge with a queue of its own.
TypedQueue own_queue(const Settings& settings, PrivateFolder& folder) {
    TypedQueue queue;
    queue.room = message_size(settings);
    queue.type = message_type(settings);
    queue.id = static_cast<std::uint64_t>(make_queue(folder));
    return queue;
}

/// An edge's part of a queue that all edges with this name for it share.
TypedQueue shared_queue(const Settings& settings, PrivateFolder& folder, const std::string& name) {
    // an upper bound of those that share this one
    const std::uint64_t edges =
        std::max<std::uint64_t>(1, number_of(settings, kSiblingsSetting, 1));
    const std::uint64_t part = kernel_limit(kQueueLimit, 16384) / edges;
    TypedQueue queue;
    queue.stays = true;
    queue.type = message_type(settings);
    // two messages wait at least, so that the writer fills one while the reader takes the other
    const std::uint64_t most = std::min(kernel_limit(kMessageLimit, 8192), part / 2);
    queue.room = number_of(settings, "message-size", most);
    if (most < kSmallestMessage || queue.room < kSmallestMessage || queue.room > most) {
        throw SystemError(
            "cannot share queue '" + name + "' among " + std::to_string(edges) + " edges", EINVAL,
            "each has " + std::to_string(part) + " bytes of " + kQueueLimit +
                ", for two messages of 64 bytes or more");
    }
    queue.share = part / queue.room;
    std::uint64_t& known = folder.shared("sysv-mq:" + name);
    if (known == 0) known = static_cast<std::uint64_t>(make_queue(folder)) + 1;
    queue.id = known - 1;
    return queue;
}

EdgeEnds create(const Settings& settings, PrivateFolder& folder) {
    const std::string name = text_of(settings, "queue", "");
    const TypedQueue queue =
        name.empty() ? own_queue(settings, folder) : shared_queue(settings, folder, name);
    const Ticket ticket = queue.ticket();
    auto [writer_end, reader_end] = make_ticket_ends(ticket, ticket);
    EdgeEnds ends;
    ends.writer = std::move(writer_end);
    ends.reader = std::move(reader_end);
    return ends;
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
    {"type",
     OptionType::integer,
     "1",
     "type of the edge's messages, 1 or more",
     {},
     OptionRole::readers_type},
    {"queue",
     OptionType::text,
     "",
     "edges with the same name share one queue, each with its type",
     {},
     OptionRole::shared_object},
    {"message-size", OptionType::size, "8KiB",
     "bytes in a message at most; default: as many as the kernel lets be, two to a queue"},
    kRecordsOption,
};

}  // namespace

void refuse_foreign_messages(int id) {
    // a message that does not fit cannot be copied either
    std::vector<char> message(sizeof(long) + kernel_limit(kMessageLimit, 8192));
    long type = 0;
    long index = 0;
    while (::msgrcv(id, message.data(), message.size() - sizeof type, index,
                    IPC_NOWAIT | MSG_COPY) >= 0) {
        std::memcpy(&type, message.data(), sizeof type);
        if (type == kEndpointType) return;
        ++index;
    }
    if (index == 0) return;
    throw SystemError("cannot use the queue", EBADMSG,
                      "what waits there is another program's (" + std::to_string(index) +
                          (index == 1 ? " message" : " messages") + " of type " +
                          std::to_string(type) + "), and stays (--raw, raw = true, takes it)");
}

namespace {

void check_limits(const Settings& settings) {
    message_type(settings);
    if (text_of(settings, "queue", "").empty()) message_size(settings);
}

std::optional<AddressProblem> key_problem(std::string_view address) {
    if (queue_key(address)) return std::nullopt;
    return address_problem(address, "is no key of a System V queue",
                           "a number, such as 0x70637431");
}

}  // namespace

constinit const Kind kSysvMq = bridged({
    .name = "sysv-mq",
    .summary = "messages with types, for several readers",
    .kernel_object = "System V message queue",
    .options = kOptions,
    .create = create,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
    .limited = true,
    .check_limits = check_limits,
    .endpoint = {.meeting = Meeting::queue,
                 .problem = key_problem,
                 .foreign = Foreign::system_v_queue,
                 .foreign_problem = key_problem},
});

}  // namespace pipectl::channel
