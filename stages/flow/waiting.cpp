#include "stages/flow/waiting.hpp"

#include <cerrno>

#include "stages/base/error.hpp"

namespace pipectl::helper {

void Waiting::wait(int timeout_ms) {
    if (::poll(entries_.data(), entries_.size(), timeout_ms) >= 0) return;
    if (errno != EINTR) throw SystemError("cannot wait for descriptors", errno);
    for (pollfd& entry : entries_) {
        entry.revents = 0;
    }
}

bool is_ready(int fd, short events) {
    pollfd waiting{fd, events, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace pipectl::helper
