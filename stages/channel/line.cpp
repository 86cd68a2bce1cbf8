#include "stages/channel/line.hpp"

#include <poll.h>

#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl::channel {

bool Line::wait(int fd, short events, int timeout_ms) {
    for (;;) {
        // poll(2) leaves entries with a negative descriptor alone
        pollfd waiting[] = {{fd, events, 0},
                            {peer_.get(), 0, 0},
                            {own_side_, 0, 0},
                            {fd == heard_at_ ? -1 : heard_at_, POLLIN, 0}};
        int ready = 0;
        do {
            ready = ::poll(waiting, 4, timeout_ms);
        } while (ready < 0 && errno == EINTR && timeout_ms < 0);
        if (ready < 0) {
            if (errno == EINTR) return false;
            throw SystemError("cannot wait for a channel", errno);
        }
        if (waiting[0].revents != 0) return true;
        if ((waiting[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) throw OwnSideGone();
        if ((waiting[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            // poll(2) looks at one after the other: the peer may have sent its last in between
            if (::poll(waiting, 1, 0) > 0) return true;
            throw PeerGone();
        }
        if (waiting[3].revents == 0) return false;
        hear_();  // what was waited for is still to come
    }
}

void Line::wait_for_peer() {
    try {
        while (!wait(-1, 0)) {
        }
    } catch (const PeerGone&) {
    }
}

void Line::let_peer_close() const noexcept {
    constexpr int kLongestMs = 1000;
    pollfd waiting{peer_.get(), 0, 0};
    if (peer_) ::poll(&waiting, 1, kLongestMs);
}

bool Line::is_peer_gone() const noexcept {
    pollfd waiting{peer_.get(), 0, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace pipectl::channel
