#include "stages/channel/queue_share.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl::channel {

void QueueShare::take() {
    if (most_ == 0) return;
    while (count_ >= most_) {
        std::uint64_t taken = 0;
        const ssize_t got = ::recv(line_.fd(), &taken, sizeof taken, MSG_DONTWAIT);
        if (got == static_cast<ssize_t>(sizeof taken)) {
            count_ -= std::min(count_, taken);
        } else if (got == 0 || errno == ECONNRESET) {
            throw PeerGone();
        } else if (errno == EAGAIN) {
            line_.wait(line_.fd(), POLLIN);
        } else if (errno != EINTR) {
            throw SystemError("cannot wait for a share of a queue", errno);
        }
    }
    ++count_;
}

void QueueShare::give_back() {
    if (most_ == 0) return;
    // half of the share at a time: the sender has the other half meanwhile
    if (++count_ < std::max<std::uint64_t>(most_ / 2, 1)) return;
    // one who has gone needs no share
    (void)::send(line_.fd(), &count_, sizeof count_, MSG_NOSIGNAL | MSG_DONTWAIT);
    count_ = 0;
}

}  // namespace pipectl::channel
