#include "orchestrator/hosts/talk.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl::hosts {

namespace {

/// What waits for a side that does not read; then it is taken to be gone.
constexpr std::size_t kMostWaiting = std::size_t{256} << 20;

/// send(2) raises no SIGPIPE, and is for sockets; the other side of a node may be a pipe.
ssize_t put(int fd, const char* data, std::size_t size) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 && errno == ENOTSOCK ? ::write(fd, data, size) : sent;
}

}  // namespace

Talk::Talk(int in, int out, std::size_t longest) : in_(in), out_(out), longest_(longest) {
    set_nonblocking(in, true);
    set_nonblocking(out, true);
}

void Talk::send(const Message& message) noexcept {
    bool waits = false;
    try {
        const std::string line = line_of(message);
        const std::lock_guard held(lock_);
        if (closed_ || waiting_.size() + line.size() > kMostWaiting) return;
        waiting_ += line;
    } catch (const std::bad_alloc&) {
        return;  // silence, and the lease
    }
    waits = !flush();
    if (waits && wake_) wake_();
}

bool Talk::flush() noexcept {
    const std::lock_guard held(lock_);
    std::size_t done = 0;
    while (done < waiting_.size() && !closed_) {
        const ssize_t sent = put(out_, waiting_.data() + done, waiting_.size() - done);
        if (sent > 0) {
            done += static_cast<std::size_t>(sent);
        } else if (sent < 0 && errno == EINTR) {
            continue;
        } else {
            closed_ = sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
            break;
        }
    }
    waiting_.erase(0, done);
    if (closed_) waiting_.clear();
    return waiting_.empty();
}

bool Talk::has_waiting() noexcept {
    const std::lock_guard held(lock_);
    return !waiting_.empty();
}

void Talk::close() noexcept {
    const std::lock_guard held(lock_);
    closed_ = true;
    waiting_.clear();
}

bool Talk::take() noexcept {
    constexpr std::size_t kAtOnce = std::size_t{64} << 10;
    // what others say in one go is looked at in one go, but nobody may keep us here
    constexpr int kMostRounds = 64;
    for (int round = 0; round < kMostRounds; ++round) {
        const std::size_t before = taken_.size();
        if (before - at_ > longest_) return false;
        taken_.resize(before + kAtOnce);
        const ssize_t got = ::read(in_, taken_.data() + before, kAtOnce);
        const int error = errno;
        taken_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got > 0) continue;
        if (got < 0 && error == EINTR) continue;
        return got < 0 && (error == EAGAIN || error == EWOULDBLOCK);
    }
    return true;
}

std::optional<std::string> Talk::next_line() {
    const std::size_t end = taken_.find('\n', at_);
    if (end == std::string::npos) {
        taken_.erase(0, std::exchange(at_, 0));
        return std::nullopt;
    }
    std::string line = taken_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
}

std::optional<Message> Talk::next() {
    while (const std::optional<std::string> line = next_line()) {
        if (spoke_) return message_of(*line);
        try {
            if (line->starts_with("{\"t\":")) {
                Message message = message_of(*line);
                spoke_ = true;
                return message;
            }
        } catch (const WireError&) {
            // a greeting may look like anything
        }
        if (noise_.size() < kMostNoise) noise_ += *line + "\n";
        if (noise_.size() >= kMostNoise) break;
    }
    if (!spoke_ && noise_.size() + taken_.size() >= kMostNoise) {
        throw WireError("it says something else than pipectl would");
    }
    return std::nullopt;
}

}  // namespace pipectl::hosts
