// A POSIX message queue. Its descriptors are file descriptors on Linux, so that both ends travel in
// the tickets, can be waited for by poll(2), and keep the queue alive without a name;
// mq_overview(7).

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/kernel_limit.hpp"
#include "stages/channel/message.hpp"
#include "stages/channel/now_and_then.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/kind_list.hpp"
#include "stages/objects/object_name.hpp"
#include "stages/objects/queue_object.hpp"

namespace pipectl::channel {

namespace {

constexpr std::uint64_t kDefaultMessageSize = 8192;
constexpr std::uint64_t kDefaultMessages = 10;
constexpr std::uint64_t kSmallestMessage = 64;
constexpr std::uint64_t kLeastDefault = 256;
constexpr std::uint64_t kHighestPriority = 32767;  // sysconf(_SC_MQ_PRIO_MAX) - 1
// what the kernel adds to each message and each queue of a user's account, at most; getrlimit(2)
constexpr std::uint64_t kOverhead = 128;

class QueuePort : public MessagePort {
  public:
    QueuePort(Ticket ticket, Line& line)
        : queue_(std::move(ticket.objects.at(0))),
          room_(ticket.numbers[0]),
          priority_(static_cast<unsigned>(ticket.numbers[1])),
          line_(line) {}

    [[nodiscard]] std::size_t room() const override { return room_; }

    void send(std::span<const char> message) override {
        if (look_.due()) line_.check();
        while (::mq_send(queue_.get(), message.data(), message.size(), priority_) != 0) {
            if (errno == EAGAIN) {
                line_.wait(queue_.get(), POLLOUT);
            } else if (errno != EINTR) {
                throw SystemError("cannot send to a message queue", errno);
            }
        }
    }

    std::size_t receive(std::span<char> room) override {
        for (;;) {
            const ssize_t got = ::mq_receive(queue_.get(), room.data(), room.size(), nullptr);
            if (got >= 0) return got;
            if (errno == EAGAIN) {
                line_.wait(queue_.get(), POLLIN);
            } else if (errno != EINTR) {
                throw SystemError("cannot receive from a message queue", errno);
            }
        }
    }

    std::size_t receive_now(std::span<char> room) override {
        const ssize_t got = ::mq_receive(queue_.get(), room.data(), room.size(), nullptr);
        return got > 0 ? got : 0;
    }

  private:
    Fd queue_;
    std::size_t room_;
    unsigned priority_;
    Line& line_;
    NowAndThen look_;
};

struct Shape {
    std::uint64_t message_size;
    std::uint64_t messages;
    std::uint64_t priority;
};

/// What the kernel counts towards RLIMIT_MSGQUEUE.
std::uint64_t cost_of(const Shape& shape) {
    return shape.messages * (shape.message_size + kOverhead) + kOverhead;
}

/// Bytes that all queues of the user together may cost; getrlimit(2).
std::uint64_t users_room() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_MSGQUEUE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

/// What each of the run's queues may cost by default. The same whatever else is there, so that a
/// dozen runs of the user's have room beside each other.
std::uint64_t fixed_share(const Settings& settings) {
    constexpr std::uint64_t kRuns = 24;
    return users_room() / kRuns / number_of(settings, kSiblingsSetting, 1);
}

[[noreturn]] void refuse(const std::string& what, const std::string& hint) {
    throw SystemError(what, EINVAL, hint);
}

/// What the definition asks for, else defaults that leave room for the run's other queues.
Shape shape_of(const Settings& settings, std::uint64_t share) {
    const std::uint64_t largest =
        kernel_limit("/proc/sys/fs/mqueue/msgsize_max", kDefaultMessageSize);
    const std::uint64_t most = kernel_limit("/proc/sys/fs/mqueue/msg_max", kDefaultMessages);
    Shape shape{number_of(settings, "message-size", std::min(kDefaultMessageSize, largest)),
                number_of(settings, "messages", std::min(kDefaultMessages, most)),
                number_of(settings, "priority", 0)};
    if (shape.message_size < kSmallestMessage) {
        refuse("cannot use messages of " + std::to_string(shape.message_size) + " bytes",
               "64 bytes at least");
    }
    if (shape.messages == 0) refuse("cannot use a queue of 0 messages", "1 at least");
    if (shape.priority > kHighestPriority) {
        refuse("cannot use priority " + std::to_string(shape.priority),
               "0 to " + std::to_string(kHighestPriority));
    }
    while (!settings.contains("messages") && shape.messages > 2 && cost_of(shape) > share) {
        --shape.messages;
    }
    while (!settings.contains("message-size") && shape.message_size > kLeastDefault &&
           cost_of(shape) > share) {
        shape.message_size /= 2;
    }
    return shape;
}

/// Which limit said no, and what to do about it; mq_open(3), mq_overview(7).
std::string hint_for(int error, const Shape& shape) {
    const std::string sizes = std::to_string(shape.messages) + " messages of " +
                              std::to_string(shape.message_size) + " bytes";
    switch (error) {
        case EINVAL:
            return sizes + "; /proc/sys/fs/mqueue/msgsize_max is " +
                   std::to_string(kernel_limit("/proc/sys/fs/mqueue/msgsize_max", 0)) +
                   " and msg_max " +
                   std::to_string(kernel_limit("/proc/sys/fs/mqueue/msg_max", 0)) +
                   ": ask for less, or raise them with sysctl";
        case EMFILE: {
            rlimit limit{};
            ::getrlimit(RLIMIT_MSGQUEUE, &limit);
            return "one with " + sizes + " needs " + std::to_string(cost_of(shape)) +
                   " bytes, and all queues of a user together may have " +
                   std::to_string(limit.rlim_cur) +
                   ": use smaller ones (message-size, messages), or raise 'ulimit -q'";
        }
        case ENOSPC:
            return "/proc/sys/fs/mqueue/queues_max is " +
                   std::to_string(kernel_limit("/proc/sys/fs/mqueue/queues_max", 0)) +
                   ": raise it with sysctl";
        case ENOSYS: return "this kernel has no POSIX message queues";
        default: return {};
    }
}

Fd open_queue(const std::string& name, int flags, const Shape& shape) {
    mq_attr attributes{};
    attributes.mq_maxmsg = static_cast<long>(shape.messages);
    attributes.mq_msgsize = static_cast<long>(shape.message_size);
    // close-on-exec by itself; mq_overview(7)
    const bool makes = (flags & O_CREAT) != 0;
    const mqd_t queue =
        makes ? ::mq_open(name.c_str(), flags | O_NONBLOCK, S_IRUSR | S_IWUSR, &attributes)
              : ::mq_open(name.c_str(), flags | O_NONBLOCK);
    if (queue < 0) {
        const int error = errno == ENOMEM && makes ? EINVAL : errno;
        throw SystemError("cannot create a message queue", error, hint_for(error, shape));
    }
    Fd owned(queue);
    if (makes && ::fchmod(queue, S_IRUSR | S_IWUSR) != 0) {  // whatever the umask
        throw SystemError("cannot set the mode of a message queue", errno);
    }
    return owned;
}

/// Both ends of a new queue that has lost its name already: the writer's, the reader's.
std::pair<Fd, Fd> make_queue(const Shape& shape, PrivateFolder& folder) {
    const std::string queue = "/" + make_object_name();
    const std::string announced = queue_name(queue);
    folder.will_create(announced);
    try {
        Fd writer = open_queue(queue, O_WRONLY | O_CREAT | O_EXCL, shape);
        Fd reader = open_queue(queue, O_RDONLY, shape);
        remove_queue(announced);
        folder.removed(announced);
        return {std::move(writer), std::move(reader)};
    } catch (...) {
        remove_queue(announced);
        folder.removed(announced);
        throw;
    }
}

EdgeEnds make_edge(const Shape& shape, PrivateFolder& folder) {
    auto [out, in] = make_queue(shape, folder);
    Ticket writer{"mq", {shape.message_size, shape.priority}, {}, {}};
    Ticket reader{"mq", {shape.message_size}, {}, {}};
    writer.objects.push_back(std::move(out));
    reader.objects.push_back(std::move(in));
    auto [writer_end, reader_end] = make_ticket_ends(writer, reader);
    EdgeEnds ends;
    ends.writer = std::move(writer_end);
    ends.reader = std::move(reader_end);
    return ends;
}

/// Whether this machine has room for all of the run's queues when nobody else has any.
bool can_fit(const Shape& smallest, const Settings& settings) {
    const std::uint64_t queues = number_of(settings, kSiblingsSetting, 1);
    const std::uint64_t most =
        kernel_limit("/proc/sys/fs/mqueue/queues_max", std::numeric_limits<std::uint64_t>::max());
    return queues <= most && cost_of(smallest) <= users_room() / queues;
}

/// Other runs of the user may have what is missing: a small queue is enough, and when there is no
/// room for that either, some may end soon.
EdgeEnds create(const Settings& settings, PrivateFolder& folder) {
    constexpr int kTries = 40;
    constexpr timespec kPause{0, 50'000'000};
    const Shape smallest = shape_of(settings, 0);
    Shape shape = shape_of(settings, fixed_share(settings));
    for (int tried = can_fit(smallest, settings) ? 0 : kTries;; ++tried) {
        try {
            return make_edge(shape, folder);
        } catch (const SystemError& error) {
            const bool is_full = error.code() == EMFILE || error.code() == ENOSPC;
            if (!is_full || tried >= kTries) throw;
        }
        if (tried > 0) ::nanosleep(&kPause, nullptr);
        shape = smallest;
    }
}

/// Root may ask for more than the files in /proc say, up to the kernel's own limits;
/// mq_overview(7).
bool is_above(std::uint64_t wanted, const char* file, std::uint64_t usual, std::uint64_t hard) {
    return wanted > hard || (wanted > kernel_limit(file, usual) && ::geteuid() != 0);
}

std::unique_ptr<Sender> open_sender(Ticket ticket, Line& line) {
    return std::make_unique<MessageSender>(std::make_unique<QueuePort>(std::move(ticket), line));
}

std::unique_ptr<Receiver> open_receiver(Ticket ticket, Line& line) {
    return std::make_unique<MessageReceiver>(std::make_unique<QueuePort>(std::move(ticket), line));
}

constexpr Option kOptions[] = {
    {"message-size", OptionType::size, "8KiB", "bytes in a message at most; less in larger runs"},
    {"messages", OptionType::integer, "10", "messages that wait at most; fewer in larger runs"},
    {"priority", OptionType::integer, "0", "of all messages of the edge, so that order stays"},
    kRecordsOption,
};

void check_limits(const Settings& settings) {
    constexpr std::uint64_t kMostMessages = 65536;
    constexpr std::uint64_t kLargestMessage = 16 << 20;
    const Shape shape = shape_of(settings, 0);  // what was asked for, and else the least
    if (is_above(shape.message_size, "/proc/sys/fs/mqueue/msgsize_max", kDefaultMessageSize,
                 kLargestMessage) ||
        is_above(shape.messages, "/proc/sys/fs/mqueue/msg_max", kDefaultMessages, kMostMessages)) {
        throw SystemError("cannot create a message queue", EINVAL, hint_for(EINVAL, shape));
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_MSGQUEUE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        cost_of(shape) > limit.rlim_cur) {
        throw SystemError("cannot create a message queue", EMFILE, hint_for(EMFILE, shape));
    }
}

/// Of a queue that another program has made: all that the kernel takes; mq_overview(7).
std::optional<AddressProblem> name_problem(std::string_view address) {
    constexpr std::size_t kLongest = 255;
    const std::string_view name = address.substr(address.starts_with('/') ? 1 : 0);
    if (!name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
        name.find('/') == std::string_view::npos) {
        return std::nullopt;
    }
    return address_problem(address, "is no name of a POSIX queue",
                           "one slash and up to 255 bytes without one, such as /jobs");
}

}  // namespace

constinit const Kind kMq = bridged({
    .name = "mq",
    .summary = "messages with priorities, in a queue of fixed size",
    .kernel_object = "POSIX message queue",
    .options = kOptions,
    .create = create,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
    .limited = true,
    .check_limits = check_limits,
    .endpoint = {.meeting = Meeting::queue,
                 .foreign = Foreign::posix_queue,
                 .foreign_problem = name_problem},
});

}  // namespace pipectl::channel
