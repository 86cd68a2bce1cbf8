// Queues that are there without anybody: filled now and read tomorrow.
//
// mq:/NAME and sysv-mq:KEY name a queue that is made when it is not there and stays until somebody
// removes it. What one `put` sends is one stream with an end of its own; streams follow one
// another. Nobody's death can be seen in a queue, so a stream whose sender died has no end, and
// whoever reads on finds that data was lost.

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "stages/base/error.hpp"
#include "stages/channel/sysv_mq.hpp"
#include "stages/programs/endpoint.hpp"

namespace pipectl::helper {

namespace {

constexpr long kMessageSize = 8192;
constexpr long kMessages = 10;
constexpr std::uint64_t kShortest = 64;

[[noreturn]] void refuse(const Endpoint& endpoint, int error, const std::string& hint = {}) {
    throw SystemError("cannot open queue '" + endpoint.kind + ":" + endpoint.address + "'", error,
                      hint);
}

channel::Ticket open_posix(const Endpoint& endpoint, Side side) {
    const std::string name =
        endpoint.address.starts_with('/') ? endpoint.address : "/" + endpoint.address;
    const int access = side == Side::sender ? O_WRONLY : O_RDONLY;
    mq_attr wanted{};
    wanted.mq_maxmsg = kMessages;
    wanted.mq_msgsize = kMessageSize;
    // close-on-exec by itself; mq_overview(7)
    mqd_t queue =
        ::mq_open(name.c_str(), access | O_CREAT | O_NONBLOCK, S_IRUSR | S_IWUSR, &wanted);
    if (queue < 0) {
        refuse(endpoint, errno,
               errno == EMFILE ? "the queues of a user share 'ulimit -q' bytes" : "");
    }
    channel::Ticket ticket;
    ticket.objects.emplace_back(queue);
    struct stat status {};
    mq_attr found{};
    if (::fstat(queue, &status) != 0 || ::mq_getattr(queue, &found) != 0) refuse(endpoint, errno);
    if (status.st_uid != ::geteuid()) refuse(endpoint, EPERM, "it is another user's");
    ticket.kind = endpoint.kind;
    ticket.numbers[0] = static_cast<std::uint64_t>(found.mq_msgsize);
    if (ticket.numbers[0] < kShortest) refuse(endpoint, EMSGSIZE, "its messages are too short");
    return ticket;
}

/// 0x1234 or 4660.
key_t key_of(const Endpoint& endpoint) {
    std::string_view text = endpoint.address;
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    std::uint32_t key = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), key, hex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size() || key == IPC_PRIVATE) {
        throw UsageError{"'" + endpoint.address +
                         "' is no key of a System V queue: a number, "
                         "such as 0x70637431"};
    }
    return static_cast<key_t>(key);
}

channel::Ticket open_system_v(const Endpoint& endpoint) {
    const int id = ::msgget(key_of(endpoint), IPC_CREAT | S_IRUSR | S_IWUSR);
    if (id < 0) refuse(endpoint, errno);
    msqid_ds status{};
    if (::msgctl(id, IPC_STAT, &status) != 0) refuse(endpoint, errno);
    if (status.msg_perm.uid != ::geteuid()) refuse(endpoint, EPERM, "it is another user's");
    channel::TypedQueue queue;
    queue.id = static_cast<std::uint64_t>(id);
    // half of the queue: MSGMNB; and no more than a message may have: MSGMAX, 8192 unless changed
    queue.room = std::clamp<std::uint64_t>(status.msg_qbytes / 2, kShortest, kMessageSize);
    queue.stays = true;
    return queue.ticket();
}

}  // namespace

bool is_queue(const Endpoint& endpoint) {
    return endpoint.kind == "mq" || endpoint.kind == "sysv-mq";
}

channel::Ticket open_queue(const Endpoint& endpoint, Side side) {
    return endpoint.kind == "mq" ? open_posix(endpoint, side) : open_system_v(endpoint);
}

}  // namespace pipectl::helper
