#include "orchestrator/cli/shell_stage.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/process/descendants.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"
#include "stages/base/signals.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kBlock = 65536;
constexpr std::size_t kLongestStatus = 4;  ///< with its newline
constexpr std::size_t kLongestHead = 4096;
constexpr int kSignalBase = 128;
/// How long a stage has for its end before it is killed.
constexpr int kGraceMs = 5000;
constexpr int kAgainMs = 100;
/// How long the part behind has to ask: it does so as soon as it sees the stage's line. One that
/// could not start never comes, and the stage must not wait for us then.
constexpr int kComesMs = 5000;
constexpr int kComesAfterSuccessMs = 500;
/// How long a relay that is cancelled waits for the stage's line; less than its own grace.
constexpr int kHeadMs = 2000;

/// What the relay does when it is itself cancelled.
constexpr int kCancelling[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

// A handler sees nothing else; signal-safety(7).
int waking_pipe = -1;
volatile sig_atomic_t cancelled_by = 0;

void note_cancel(int number) {
    cancelled_by = number;
    (void)!::write(waking_pipe, "", 1);
}

/// The abstract address of a name; unix(7).
socklen_t make_address(const std::string& name, sockaddr_un& address) {
    address = {};
    address.sun_family = AF_UNIX;
    const std::string path = "pipectl." + name;
    std::memcpy(address.sun_path + 1, path.data(), path.size());
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + path.size());
}

std::optional<ucred> peer_of(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != ::geteuid()) {
        return std::nullopt;
    }
    return peer;
}

/// Waits for input, or for the other side's end. False: the time is over.
bool wait_for(int fd, int limit_ms) {
    for (;;) {
        pollfd one{fd, POLLIN, 0};
        const int ready = ::poll(&one, 1, limit_ms);
        if (ready < 0 && errno == EINTR) continue;
        return ready > 0;
    }
}

void send(const Fd& process, int number) {
    ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
}

/// Ends the subshell and all below it, and waits until they are gone. The subshell first, by a
/// signal of which the shell says nothing; it would say what has become of its children.
void end_tree(pid_t subshell) {
    if (subshell <= 1) return;
    std::vector<Fd> all = visit_descendants(
        subshell, [](pid_t) { return true; }, [](pid_t, int) { return true; });
    all.emplace(all.begin(), static_cast<int>(::syscall(SYS_pidfd_open, subshell, 0)));
    send(all.front(), SIGPIPE);
    for (std::size_t i = 1; i < all.size(); ++i) {
        send(all[i], SIGTERM);
    }
    for (int passed = 0; passed <= 2 * kGraceMs; passed += kAgainMs) {
        // readable when it has ended; pidfd_open(2)
        std::erase_if(all,
                      [](const Fd& process) { return !process || wait_for(process.get(), 0); });
        if (all.empty()) return;
        if (wait_for(all.front().get(), kAgainMs)) continue;
        for (const Fd& process : all) {
            send(process, passed >= kGraceMs ? SIGKILL : SIGTERM);
        }
    }
}

class Relay {
  public:
    explicit Relay(bool status_only) : status_only_(status_only) {}

    int run() {
        ::signal(SIGPIPE, SIG_DFL);
        const PipeEnds waking = make_pipe();
        waking_ = waking.reader.get();
        waking_pipe = waking.writer.get();
        for (const int number : kCancelling) {
            struct sigaction action {};
            action.sa_handler = note_cancel;
            ::sigaction(number, &action, nullptr);
        }
        const sigset_t taken = signal_set(kCancelling);
        ::sigprocmask(SIG_UNBLOCK, &taken, nullptr);
        while (!over_) {
            std::array<pollfd, 3> all{pollfd{at_end_ ? -1 : STDIN_FILENO, POLLIN, 0},
                                      pollfd{verdict_ ? -1 : before_.get(), POLLIN, 0},
                                      pollfd{waking_, POLLIN, 0}};
            if (::poll(all.data(), all.size(), -1) < 0 && errno != EINTR) return 1;
            if (cancelled_by != 0) {
                await_head();
                return die();
            }
            if (all[1].revents != 0) hear_verdict();
            if (!over_ && all[0].revents != 0 && !take_data()) return 1;
        }
        return status_;
    }

  private:
    /// The stage's line says whom to end. What stands behind may have failed before the shell has
    /// come to write it.
    void await_head() {
        std::array<char, kBlock> block{};
        while (mark_.empty() && !at_end_ && wait_for(STDIN_FILENO, kHeadMs)) {
            const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
            if (got <= 0 || waiting_.size() > kLongestHead) return;
            waiting_.append(block.data(), static_cast<std::size_t>(got));
            (void)take_head();
        }
    }

    /// Whoever stands before and in the middle has nobody left.
    int die() {
        if (const auto peer = before_ ? peer_of(before_.get()) : std::nullopt) {
            ::kill(peer->pid, SIGTERM);
        }
        end_tree(subshell_);
        ::signal(cancelled_by, SIG_DFL);
        ::raise(cancelled_by);
        return kSignalBase + cancelled_by;
    }

    void hear_verdict() {
        int status = 0;
        const ssize_t got = ::recv(before_.get(), &status, sizeof status, 0);
        verdict_ = got == sizeof status ? status : kSignalBase + SIGKILL;
        // its reader may have had enough, which shows only when that one has ended
        if (*verdict_ != 0 && *verdict_ != kSignalBase + SIGPIPE) {
            end_tree(subshell_);
            finish(*verdict_);
        } else if (at_end_) {
            finish(status_);
        }
    }

    void finish(int status) {
        status_ = status;
        over_ = true;
    }

    /// False: it cannot go on.
    bool take_data() {
        std::array<char, kBlock> block{};
        const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
        if (got < 0) return errno == EINTR || errno == EAGAIN;
        if (got == 0) return end_of_data();
        waiting_.append(block.data(), static_cast<std::size_t>(got));
        if (mark_.empty() && !take_head()) return waiting_.size() < kLongestHead;
        if (status_only_) {
            // whoever the stage has left in the background keeps the pipe open
            return waiting_.ends_with('\n') && waiting_.find(mark_) != std::string::npos
                       ? end_of_data()
                       : true;
        }
        const std::size_t held = mark_.size() + kLongestStatus;
        if (waiting_.size() <= held) return true;
        const std::size_t ready = waiting_.size() - held;
        if (write_all(STDOUT_FILENO, std::string_view(waiting_).substr(0, ready)) != 0) {
            return false;
        }
        waiting_.erase(0, ready);
        return true;
    }

    bool take_head() {
        const std::size_t end = waiting_.find('\n');
        if (end == std::string::npos) return false;
        const std::string head = waiting_.substr(0, end);
        waiting_.erase(0, end + 1);
        const std::size_t first = head.find(' ');
        const std::size_t last = head.rfind(' ');
        mark_ = head.substr(0, first);
        if (first == last) return true;
        subshell_ = std::atoi(head.c_str() + last);
        const std::string name = head.substr(first + 1, last - first - 1);
        if (name != "-") ask(name);
        return true;
    }

    void ask(const std::string& name) {
        sockaddr_un address{};
        const socklen_t size = make_address(name, address);
        before_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        if (!before_ ||
            ::connect(before_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            !peer_of(before_.get())) {
            // it did not wait for us: nobody reads what it writes, so the stage's word counts
            before_.reset();
        }
    }

    bool end_of_data() {
        at_end_ = true;
        const std::size_t at = mark_.empty() ? std::string::npos : waiting_.rfind(mark_);
        if (at == std::string::npos) {
            // killed, or it was shown no line to begin with
            if (write_all(STDOUT_FILENO, mark_.empty() ? std::string() : waiting_) != 0)
                return false;
            finish(verdict_.value_or(1) == 0 ? 1 : verdict_.value_or(1));
            return true;
        }
        if (write_all(STDOUT_FILENO, std::string_view(waiting_).substr(0, at)) != 0) return false;
        status_ = std::atoi(waiting_.c_str() + at + mark_.size());
        if (status_ != 0 || !before_ || verdict_) finish(status_);
        return true;
    }

    bool status_only_;
    std::string waiting_;
    std::string mark_;
    pid_t subshell_ = 0;
    Fd before_;                   ///< the part before the stage
    std::optional<int> verdict_;  ///< how that one has ended
    int waking_ = -1;
    bool at_end_ = false;
    bool over_ = false;
    int status_ = 0;
};

}  // namespace

HandingOn::HandingOn() : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    const std::string name = make_run_id();
    sockaddr_un address{};
    const socklen_t size = make_address(name, address);
    if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(socket_.get(), 1) != 0) {
        throw SystemError("cannot listen for the part behind a stage of the shell's", errno);
    }
    // a shell that has gone already is found by the stages
    (void)write_all(STDOUT_FILENO, name + "\n");
}

void HandingOn::over(int status) noexcept {
    if (status == 0) {
        // the end is true; whoever comes too late takes it for that
        const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (nowhere) ::dup2(nowhere.get(), STDOUT_FILENO);
    }
    for (;;) {
        const int limit = status == 0 ? kComesAfterSuccessMs : kComesMs;
        if (!wait_for(socket_.get(), limit)) return;
        const Fd behind(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!behind || !peer_of(behind.get())) continue;
        if (::send(behind.get(), &status, sizeof status, MSG_NOSIGNAL) < 0 || status == 0) return;
        wait_for(behind.get(), -1);  // it hangs up
        return;
    }
}

std::vector<int> relay_signals() {
    return {std::begin(kCancelling), std::end(kCancelling)};
}

int relay_stage(bool status_only) {
    return Relay(status_only).run();
}

}  // namespace pipectl
