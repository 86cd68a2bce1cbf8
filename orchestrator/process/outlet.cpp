#include "orchestrator/process/outlet.hpp"
#include "stages/base/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace pipectl {

namespace {

/// What waits for one reader, at most.
constexpr std::size_t kMostWaiting = 1 << 20;
/// A terminal takes less than a screen before it may stop.
constexpr std::size_t kTerminalPiece = 256;
constexpr int kAskAgainMs = 50;

int poll_for_room(int fd, int limit_ms) noexcept {
    pollfd end{fd, POLLOUT, 0};
    return ::poll(&end, 1, limit_ms) > 0 ? end.revents : 0;
}

/// The same terminal by the name that everybody may open who has it as the controlling one; tty(4).
Fd open_controlling(int fd) noexcept {
    Fd terminal(::open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    unsigned int wanted = 0;
    unsigned int got = 1;
    const bool same = terminal && ::ioctl(fd, TIOCGDEV, &wanted) == 0 &&
                      ::ioctl(terminal.get(), TIOCGDEV, &got) == 0 && wanted == got;
    return same ? std::move(terminal) : Fd();
}

/// While it lives, a system call that waits is interrupted by a signal: one that comes again, in
/// case the first one came before the call.
class Interrupter {
  public:
    Interrupter() noexcept {
        struct sigaction action {};
        action.sa_handler = [](int) {};  // without SA_RESTART
        ::sigaction(SIGALRM, &action, &action_before_);
        const sigset_t alarm = signal_set({SIGALRM});
        ::sigprocmask(SIG_UNBLOCK, &alarm, &mask_before_);
        // what we write to a terminal must not stop us as a background job; what stages write may
        const sigset_t stop = signal_set({SIGTTOU});
        ::sigprocmask(SIG_BLOCK, &stop, nullptr);
        const itimerval often{{0, 20000}, {0, 20000}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    ~Interrupter() {
        const itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
        ::sigaction(SIGALRM, &action_before_, nullptr);
    }
    Interrupter(const Interrupter&) = delete;
    Interrupter& operator=(const Interrupter&) = delete;

  private:
    struct sigaction action_before_ {};
    sigset_t mask_before_{};
};

}  // namespace

void Outlet::find_way() noexcept {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) {
        error_ = errno;
        return;
    }
    way_ = Way::careful;
    most_at_once_ = PIPE_BUF;
    if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) {
        way_ = Way::direct;
        return;
    }
    if (S_ISSOCK(status.st_mode)) {
        way_ = Way::socket;
        return;
    }
    const bool terminal = S_ISCHR(status.st_mode) && ::isatty(fd_) == 1;
    if (!terminal && !S_ISFIFO(status.st_mode)) {
        return;
    }
    const std::string name = "/proc/self/fd/" + std::to_string(fd_);
    own_.reset(::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!own_ && errno == ENXIO && !terminal) {
        error_ = EPIPE;  // a FIFO without a reader; fifo(7)
    } else if (!own_ && terminal) {
        own_ = open_controlling(fd_);
        most_at_once_ = kTerminalPiece;
    }
    way_ = own_ ? Way::open_again : Way::careful;
}

/// As write(2), but EAGAIN instead of waiting.
long Outlet::write_some(std::string_view text) noexcept {
    switch (way_) {
        case Way::direct: return ::write(fd_, text.data(), text.size());
        case Way::open_again: return ::write(own_.get(), text.data(), text.size());
        case Way::socket: return ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        case Way::careful: {
            if (poll_for_room(fd_, 0) == 0) {
                errno = EAGAIN;
                return -1;
            }
            const Interrupter interrupter;
            const long written = ::write(fd_, text.data(), std::min(text.size(), most_at_once_));
            if (written < 0 && errno == EINTR) {
                errno = EAGAIN;
            }
            return written;
        }
        case Way::unknown: break;
    }
    errno = EBADF;
    return -1;
}

void Outlet::push() noexcept {
    if (way_ == Way::unknown && error_ == 0) {
        find_way();
    }
    std::size_t done = 0;
    while (done < waiting_.size() && error_ == 0) {
        const long written = write_some(std::string_view(waiting_).substr(done));
        if (written > 0) {
            done += written;
        } else if (written < 0 && errno == EAGAIN) {
            break;
        } else if (written == 0 || errno != EINTR) {
            error_ = written == 0 ? EIO : errno;
        }
    }
    waiting_.erase(0, error_ == 0 ? done : waiting_.size());
}

bool Outlet::put(std::string_view text) noexcept {
    if (error_ != 0 || waiting_.size() + text.size() > kMostWaiting) {
        push();
        if (error_ != 0 || waiting_.size() + text.size() > kMostWaiting) {
            drop(text);
            return false;
        }
    }
    waiting_ += text;
    push();
    return error_ == 0;
}

void Outlet::drop(std::string_view text) noexcept {
    dropped_lines_ += std::ranges::count(text, '\n');
}

bool Outlet::drain(std::chrono::milliseconds patience,
                   const std::function<bool()>& enough) noexcept {
    using Clock = std::chrono::steady_clock;
    push();
    auto last = Clock::now();
    for (std::size_t left = waiting_.size(); stuck() && !(enough && enough());) {
        poll_for_room(descriptor(), kAskAgainMs);
        push();
        if (waiting_.size() < left) {
            left = waiting_.size();
            last = Clock::now();
        } else if (Clock::now() - last >= patience) {
            break;
        }
    }
    const bool all = !stuck() && error_ == 0;
    drop(waiting_);
    waiting_.clear();
    return all;
}

int write_bounded(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept {
    Outlet outlet(fd);
    (void)outlet.put({});
    constexpr std::size_t kPiece = 1 << 16;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, kPiece);
        text.remove_prefix(piece.size());
        (void)outlet.put(piece);
        if (!outlet.drain(patience, {})) {
            return outlet.error() != 0 ? outlet.error() : EAGAIN;
        }
    }
    return 0;
}

}  // namespace pipectl
