// Queues that are there without anybody: filled now and read tomorrow.
//
// mq:/NAME and sysv-mq:KEY name a queue that is made when it is not there and stays until somebody
// removes it. What one `put` sends is one stream with an end of its own; streams follow one
// another. Nobody's death can be seen in a queue, so a stream whose sender died has no end, and
// whoever reads on finds that data was lost.
//
// A queue is the user's alone, and nothing is taken from one that another program fills: messages
// of ours in System V queues have a type of their own, and POSIX queues, which can show no message
// without giving it away, bear the sticky bit when pipectl has made them.

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/endpoint/endpoint.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/kinds/sysv_mq.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::helper {

namespace {

constexpr long kMessageSize = 8192;
constexpr long kMessages = 10;
constexpr std::uint64_t kShortestMessage = 64;
/// Of POSIX queues that pipectl makes. The kernel gives the bit no meaning on a file; inode(7).
constexpr mode_t kMadeByUs = S_ISVTX;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

constexpr const char* kAnothers = "it is another user's";
constexpr const char* kOpenToOthers = "its mode lets other users in";

[[noreturn]] void refuse(const Endpoint& endpoint, int error, const std::string& hint = {}) {
    throw SystemError("cannot open queue '" + endpoint.kind + ":" + endpoint.address + "'", error,
                      hint);
}

channel::Ticket open_posix(const EndpointRequest& request, Side side) {
    const Endpoint& endpoint = request.endpoint;
    const std::string name =
        endpoint.address.starts_with('/') ? endpoint.address : "/" + endpoint.address;
    const int access = side == Side::sender ? O_WRONLY : O_RDONLY;
    mq_attr wanted{};
    wanted.mq_maxmsg = kMessages;
    wanted.mq_msgsize = kMessageSize;
    // close-on-exec by itself; mq_overview(7)
    mqd_t queue = ::mq_open(name.c_str(), access | O_CREAT | O_NONBLOCK,
                            S_IRUSR | S_IWUSR | kMadeByUs, &wanted);
    if (queue < 0) {
        refuse(endpoint, errno,
               errno == EMFILE ? "the queues of a user share 'ulimit -q' bytes" : "");
    }
    channel::Ticket ticket;
    ticket.objects.emplace_back(queue);
    struct stat status {};
    mq_attr found{};
    if (::fstat(queue, &status) != 0 || ::mq_getattr(queue, &found) != 0) refuse(endpoint, errno);
    if (!request.from_anybody) {
        if (status.st_uid != ::geteuid()) refuse(endpoint, EPERM, kAnothers);
        if ((status.st_mode & kOthers) != 0) refuse(endpoint, EPERM, kOpenToOthers);
    }
    if ((status.st_mode & kMadeByUs) == 0) {
        refuse(
            endpoint, EPERM,
            "pipectl has not made it: what waits there is another program's, and stays (--raw, raw "
            "= true, takes and sends its messages)");
    }
    ticket.kind = endpoint.kind;
    ticket.numbers[0] = static_cast<std::uint64_t>(found.mq_msgsize);
    if (ticket.numbers[0] < kShortestMessage)
        refuse(endpoint, EMSGSIZE, "its messages are too short");
    return ticket;
}

void check_owner(const Endpoint& endpoint, const ipc_perm& owner) {
    if (owner.uid != ::geteuid()) refuse(endpoint, EPERM, kAnothers);
    if (owner.cuid != ::geteuid()) {
        refuse(endpoint, EPERM, "another user has made it, and may read and write there");
    }
    if (!channel::is_users_alone(owner)) refuse(endpoint, EPERM, kOpenToOthers);
}

channel::Ticket open_system_v(const EndpointRequest& request) {
    const Endpoint& endpoint = request.endpoint;
    const int id =
        ::msgget(channel::queue_key(endpoint.address).value(), IPC_CREAT | S_IRUSR | S_IWUSR);
    if (id < 0) refuse(endpoint, errno);
    msqid_ds status{};
    if (::msgctl(id, IPC_STAT, &status) != 0) refuse(endpoint, errno);
    if (!request.from_anybody) check_owner(endpoint, status.msg_perm);
    channel::refuse_foreign_messages(id);
    channel::TypedQueue queue;
    queue.id = static_cast<std::uint64_t>(id);
    // half of the queue: MSGMNB; and no more than a message may have: MSGMAX, 8192 unless changed
    queue.room = std::clamp<std::uint64_t>(status.msg_qbytes / 2, kShortestMessage, kMessageSize);
    queue.stays = true;
    queue.type = channel::kEndpointType;
    return queue.ticket();
}

}  // namespace

channel::Ticket open_queue(const EndpointRequest& request, Side side) {
    return request.endpoint.kind == "mq" ? open_posix(request, side) : open_system_v(request);
}

}  // namespace pipectl::helper
