// Foreign messages in a POSIX queue.

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>

#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/endpoint/endpoint_peer.hpp"
#include "stages/endpoint/foreign.hpp"

namespace pipectl::helper {

namespace {

constexpr mode_t kForUserAlone = S_IRUSR | S_IWUSR;
constexpr std::uint64_t kHighestPriority = 32767;  // sysconf(_SC_MQ_PRIO_MAX) - 1

class ForeignPosixQueue : public ForeignPlace {
  public:
    ForeignPosixQueue(const Endpoint& endpoint, Fd queue, bool is_writable, unsigned priority)
        : ForeignPlace(endpoint),
          queue_(std::move(queue)),
          is_writable_(is_writable),
          priority_(priority) {
        mq_attr shape{};
        if (::mq_getattr(queue_.get(), &shape) != 0) {
            throw SystemError("cannot ask queue " + name(), errno);
        }
        size_ = static_cast<std::size_t>(shape.mq_msgsize);
    }

    [[nodiscard]] ForeignLimit limit() const override { return {size_, "mq_msgsize of the queue"}; }

    std::optional<ForeignMessage> take() override {
        ForeignMessage message;
        message.bytes.resize(size_);
        ssize_t got = -1;
        do {
            got = ::mq_receive(queue_.get(), message.bytes.data(), size_, &message.priority);
        } while (got < 0 && errno == EINTR);
        if (got < 0 && errno == EAGAIN) return std::nullopt;
        if (got < 0) throw SystemError("cannot receive from " + name(), errno);
        message.bytes.resize(static_cast<std::size_t>(got));
        return message;
    }

    bool put(std::span<const char> message) override { return send(message, priority_); }

    bool put_back(const ForeignMessage& message) override {
        return is_writable_ && send(message.bytes, message.priority);
    }

    std::vector<ForeignMessage> look() override {
        throw UsageError{
            "a POSIX queue shows no message without giving it away: there is no "
            "--peek for " +
            name() + " ('pipectl ipc ls --all' says how many wait)"};
    }

    [[nodiscard]] int fd() const override { return queue_.get(); }

  private:
    bool send(std::span<const char> message, unsigned priority) {
        while (::mq_send(queue_.get(), message.data(), message.size(), priority) != 0) {
            if (errno == EAGAIN) return false;
            if (errno != EINTR) throw SystemError("cannot send to " + name(), errno);
        }
        return true;
    }

    Fd queue_;
    bool is_writable_;
    unsigned priority_;
    std::size_t size_ = 0;
};

/// With the access that is left to us: who may write can leave a message where it was.
Fd open_existing(const std::string& name, Side side, bool& is_writable) {
    is_writable = true;
    // close-on-exec by itself; mq_overview(7)
    Fd queue(::mq_open(name.c_str(), (side == Side::sender ? O_WRONLY : O_RDWR) | O_NONBLOCK));
    if (!queue && errno == EACCES && side == Side::receiver) {
        is_writable = false;
        queue = Fd(::mq_open(name.c_str(), O_RDONLY | O_NONBLOCK));
    }
    return queue;
}

std::string hint_for(int error) {
    switch (error) {
        case ENOENT: return "there is no such queue; 'pipectl ipc mk mq:/NAME' makes one";
        case EMFILE: return "the queues of a user share 'ulimit -q' bytes";
        case ENOSPC: return "/proc/sys/fs/mqueue/queues_max queues are there";
        default: return {};
    }
}

void check_foreign_queue(const EndpointRequest& request, int queue, const std::string& what) {
    struct stat status {};
    if (::fstat(queue, &status) != 0) throw SystemError(what, errno);
    if (!request.from_anybody && !is_trusted(status.st_uid)) {
        throw SystemError(what, EPERM,
                          "it belongs to " + name_of_user(status.st_uid) + "; " + kTakeAnybody);
    }
    // pipectl marks the queues of its own messages; endpoint_queue.cpp
    if ((status.st_mode & S_ISVTX) != 0) {
        throw SystemError(what, EPERM,
                          "pipectl has made it for its own messages: 'send' and 'recv' without "
                          "--raw (raw = true) are meant for it");
    }
}

}  // namespace

std::unique_ptr<ForeignPlace> open_foreign_posix(const EndpointRequest& request,
                                                 const job::Foreign& foreign, Side side) {
    const std::string& address = request.endpoint.address;
    const std::string name = address.starts_with('/') ? address : "/" + address;
    if (foreign.type) {
        throw UsageError{"messages of a POSIX queue have no type: they have a priority"};
    }
    const std::uint64_t priority = foreign.priority.value_or(0);
    if (priority > kHighestPriority) {
        throw UsageError{"priority " + std::to_string(priority) + " is none: 0 to " +
                         std::to_string(kHighestPriority)};
    }
    const std::string what = "cannot open queue '" + request.endpoint.kind + ":" + address + "'";
    const bool makes = side == Side::sender || foreign.follow || foreign.count;
    bool is_writable = true;
    Fd queue = open_existing(name, side, is_writable);
    if (!queue && errno == ENOENT && makes) {
        queue = Fd(::mq_open(name.c_str(), O_RDWR | O_NONBLOCK | O_CREAT | O_EXCL, kForUserAlone,
                             nullptr));
        if (!queue && errno == EEXIST) queue = open_existing(name, side, is_writable);
    }
    if (!queue) throw SystemError(what, errno, hint_for(errno));
    check_foreign_queue(request, queue.get(), what);
    return std::make_unique<ForeignPosixQueue>(request.endpoint, std::move(queue), is_writable,
                                               static_cast<unsigned>(priority));
}

}  // namespace pipectl::helper
