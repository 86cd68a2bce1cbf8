#include "stages/flow/pass_on.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "stages/base/die_of.hpp"
#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"

namespace pipectl::helper {

namespace {

constexpr int kPassedIn = 0;
constexpr std::size_t kSeenBlock = std::size_t{256} << 10;

volatile std::sig_atomic_t ended_by;

void on_ending_signal(int signal) {
    ended_by = signal;
}

bool is_a_pipe(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

}  // namespace

PassOn::PassOn(Onlooker& onlooker, int output)
    : onlooker_(onlooker),
      out_(output),
      between_pipes_(is_a_pipe(kPassedIn) && out_.kind() == Output::Kind::pipe),
      block_(kSeenBlock) {
    const sigset_t ending = signal_set(kEndingSignals);
    ::sigprocmask(SIG_BLOCK, &ending, &waiting_mask_);
    for (const int signal : kEndingSignals) {
        struct sigaction action {};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = on_ending_signal;
        ::sigaction(signal, &action, nullptr);
        sigdelset(&waiting_mask_, signal);
    }
}

PassOn::End PassOn::run() {
    while (ended_by == 0 && !out_.gone() && pass_some()) {
    }
    if (out_.gone()) return End::left;
    return ended_by != 0 ? End::signalled : End::ended;
}

void PassOn::die_of_signal() {
    die_of(ended_by);
}

/// False at the end of data.
bool PassOn::pass_some() {
    wait(kPassedIn, POLLIN);
    if (ended_by != 0 || out_.gone()) return true;
    if (!between_pipes_) return copy_some();
    return onlooker_.wants_bytes() ? double_some() : move_some();
}

/// After tee(2) or splice(2) could not go on: there is something to read, so the reader is waited
/// for.
bool PassOn::pause_after(int error) {
    if (error == EINVAL) {
        between_pipes_ = false;
        return true;
    }
    out_.failed(error);
    if (!out_.gone()) wait(-1, 0);
    return true;
}

bool PassOn::double_some() {
    const ssize_t doubled = ::tee(kPassedIn, out_.fd(), kSeenBlock, SPLICE_F_NONBLOCK);
    if (doubled < 0) return pause_after(errno);
    out_.count(doubled);
    for (std::size_t left = doubled; left > 0;) {
        const std::size_t got = read_some(left);
        onlooker_.see({block_.data(), got});
        left -= got;
    }
    return doubled > 0;
}

bool PassOn::move_some() {
    const ssize_t moved =
        ::splice(kPassedIn, nullptr, out_.fd(), nullptr, kSeenBlock, SPLICE_F_NONBLOCK);
    if (moved < 0) return pause_after(errno);
    out_.count(moved);
    count_moved(kPassedIn, moved);
    onlooker_.miss(moved);
    return moved > 0;
}

bool PassOn::copy_some() {
    const std::size_t got = read_some(block_.size());
    if (onlooker_.wants_bytes()) {
        onlooker_.see({block_.data(), got});
    } else {
        onlooker_.miss(got);
    }
    std::size_t done = 0;
    while (done < got && !out_.gone() && ended_by == 0) {
        const std::size_t written = out_.write(block_.data() + done, got - done);
        done += written;
        if (written == 0 && !out_.gone()) wait(-1, 0);
    }
    return got > 0;
}

std::size_t PassOn::read_some(std::size_t most) {
    for (;;) {
        const ssize_t got = ::read(kPassedIn, block_.data(), most);
        if (got >= 0) {
            count_moved(kPassedIn, got);
            return got;
        }
        if (errno == ECONNRESET) return 0;
        if (errno != EINTR && errno != EAGAIN) throw SystemError(cannot_read(kPassedIn), errno);
    }
}

/// For something to read (-1: for room), for the reader's leaving, or for a signal.
void PassOn::wait(int in, short events) {
    pollfd waited[2] = {{in, events, 0}, {out_.fd(), static_cast<short>(in < 0 ? POLLOUT : 0), 0}};
    if (::ppoll(waited, 2, nullptr, &waiting_mask_) < 0) {
        if (errno != EINTR) throw SystemError("cannot wait for the data", errno);
        return;
    }
    out_.look(waited[1].revents);
}

}  // namespace pipectl::helper
