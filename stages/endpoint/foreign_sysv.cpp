// Foreign messages in a System V queue: each has a type; msgop(2).

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/base/kernel_limit.hpp"
#include "stages/endpoint/endpoint_peer.hpp"
#include "stages/endpoint/foreign.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/sysv_mq.hpp"

namespace pipectl::helper {

namespace {

constexpr const char* kMessageMax = "/proc/sys/kernel/msgmax";
constexpr std::uint64_t kUsualMessageMax = 8192;
constexpr std::size_t kLargestBuffer = std::size_t{256} << 20;

class ForeignTypedQueue : public ForeignPlace {
  public:
    ForeignTypedQueue(const Endpoint& endpoint, int id, std::optional<long> type)
        : ForeignPlace(endpoint),
          id_(id),
          type_(type),
          buffer_(sizeof(long) + kernel_limit(kMessageMax, kUsualMessageMax)) {}

    [[nodiscard]] ForeignLimit limit() const override {
        const std::uint64_t most = kernel_limit(kMessageMax, kUsualMessageMax);
        msqid_ds status{};
        if (::msgctl(id_, IPC_STAT, &status) == 0 && status.msg_qbytes < most) {
            return {status.msg_qbytes, "msg_qbytes of the queue"};
        }
        return {most, kMessageMax};
    }

    std::optional<ForeignMessage> take() override {
        for (;;) {
            const ssize_t got =
                ::msgrcv(id_, buffer_.data(), room(), type_.value_or(0), IPC_NOWAIT);
            if (got >= 0) return unless_ours(message_in_buffer(got));
            if (errno == ENOMSG) return std::nullopt;
            if (errno == E2BIG && buffer_.size() < kLargestBuffer) {
                buffer_.resize(2 * buffer_.size());  // the message has stayed
            } else if (errno != EINTR) {
                fail("cannot receive from ");
            }
        }
    }

    bool put(std::span<const char> message) override { return send(message, type_.value_or(1)); }

    bool put_back(const ForeignMessage& message) override {
        return send(message.bytes, message.type);
    }

    std::vector<ForeignMessage> look() override {
        std::vector<ForeignMessage> found;
        for (long index = 0;; ++index) {
            const ssize_t got = ::msgrcv(id_, buffer_.data(), room(), index, IPC_NOWAIT | MSG_COPY);
            if (got < 0 && errno == ENOMSG) break;
            if (got < 0 && errno == ENOSYS) {
                throw SystemError("cannot look at " + name(), ENOSYS,
                                  "this kernel has no MSG_COPY: it shows no message without giving "
                                  "it away");
            }
            if (got < 0) fail("cannot look at ");
            ForeignMessage message = message_in_buffer(got);
            if (is_wanted(message.type)) found.push_back(std::move(message));
        }
        if (type_.value_or(0) < 0) {  // the lowest type first
            std::ranges::stable_sort(found, {}, &ForeignMessage::type);
        }
        return found;
    }

    /// Throws SystemError when messages of pipectl's own wait there, and any type is taken.
    void refuse_ours() {
        if (type_.value_or(0) != 0) return;
        // a kernel without MSG_COPY says ENOSYS: then it is seen when one was taken
        long index = 0;
        while (::msgrcv(id_, buffer_.data(), room(), index, IPC_NOWAIT | MSG_COPY) >= 0) {
            if (message_in_buffer(0).type == channel::kEndpointType) fail_ours();
            ++index;
        }
    }

  private:
    [[nodiscard]] std::size_t room() const { return buffer_.size() - sizeof(long); }

    [[nodiscard]] ForeignMessage message_in_buffer(ssize_t size) const {
        ForeignMessage message;
        std::memcpy(&message.type, buffer_.data(), sizeof message.type);
        const char* const text = buffer_.data() + sizeof message.type;
        message.bytes.assign(text, text + size);
        return message;
    }

    [[nodiscard]] bool is_wanted(long type) const {
        const long wanted = type_.value_or(0);
        return wanted == 0 || (wanted > 0 ? type == wanted : type <= -wanted);
    }

    ForeignMessage unless_ours(ForeignMessage message) {
        if (message.type == channel::kEndpointType && type_.value_or(0) == 0) {
            put_back(message);
            fail_ours();
        }
        return message;
    }

    bool send(std::span<const char> message, long type) {
        std::vector<char> sent(sizeof type + message.size());
        std::memcpy(sent.data(), &type, sizeof type);
        if (!message.empty()) {
            std::memcpy(sent.data() + sizeof type, message.data(), message.size());
        }
        while (::msgsnd(id_, sent.data(), message.size(), IPC_NOWAIT) != 0) {
            if (errno == EAGAIN) return false;
            if (errno != EINTR) fail("cannot send to ");
        }
        return true;
    }

    [[noreturn]] void fail(const std::string& what) const {
        const int error = errno;
        const bool removed = error == EIDRM || error == EINVAL;
        throw SystemError(what + name(), removed ? EIDRM : error,
                          removed ? "somebody has removed the queue" : "");
    }

    [[noreturn]] void fail_ours() const {
        throw SystemError("cannot use " + name(), EBADMSG,
                          "messages of pipectl's own wait there, and stay: 'recv' without --raw "
                          "takes them, --type those of other programs");
    }

    int id_;
    std::optional<long> type_;
    std::vector<char> buffer_;  ///< a long with the type, then the bytes; msgop(2)
};

std::optional<long> type_for(const job::Foreign& foreign, Side side) {
    if (foreign.priority) {
        throw UsageError{
            "messages of a System V queue have no priority: --type says which are "
            "taken first"};
    }
    if (!foreign.type) return std::nullopt;
    const bool fits = side == Side::sender ? *foreign.type >= 1 : *foreign.type > LONG_MIN;
    if (!fits) throw UsageError{std::to_string(*foreign.type) + " is no type: 1 or more"};
    if (side == Side::sender && *foreign.type == channel::kEndpointType) {
        throw UsageError{std::to_string(*foreign.type) +
                         " is the type of pipectl's own messages: take another one, or send "
                         "without --raw"};
    }
    return *foreign.type;
}

}  // namespace

std::unique_ptr<ForeignPlace> open_foreign_system_v(const EndpointRequest& request,
                                                    const job::Foreign& foreign, Side side) {
    const std::optional<long> type = type_for(foreign, side);
    const key_t key = channel::queue_key(request.endpoint.address).value();
    const std::string what =
        "cannot open queue '" + request.endpoint.kind + ":" + request.endpoint.address + "'";
    const bool makes = side == Side::sender || foreign.follow || foreign.count;
    int id = ::msgget(key, 0);
    if (id < 0 && errno == ENOENT && makes) {
        id = ::msgget(key, IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR);
        if (id < 0 && errno == EEXIST) id = ::msgget(key, 0);
    }
    if (id < 0) {
        throw SystemError(what, errno,
                          errno == ENOENT
                              ? "there is no such queue; 'pipectl ipc mk sysv-mq:KEY' makes one"
                              : "");
    }
    msqid_ds status{};
    const bool known = ::msgctl(id, IPC_STAT, &status) == 0;
    if (!known && (errno != EACCES || !request.from_anybody)) throw SystemError(what, errno);
    for (const uid_t user : {status.msg_perm.uid, status.msg_perm.cuid}) {
        if (known && !request.from_anybody && !is_trusted(user)) {
            throw SystemError(
                what, EPERM,
                std::string(user == status.msg_perm.uid ? "it belongs to " : "it was made by ") +
                    name_of_user(user) + "; " + kTakeAnybody);
        }
    }
    auto queue = std::make_unique<ForeignTypedQueue>(request.endpoint, id, type);
    if (side == Side::receiver) queue->refuse_ours();
    return queue;
}

}  // namespace pipectl::helper
