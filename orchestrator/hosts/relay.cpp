#include "orchestrator/hosts/relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/hosts/connections.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"

namespace pipectl::hosts {

namespace {

constexpr std::chrono::seconds kRelayPatience{15};

/// The next thing that the other side says. Throws when it says nothing.
Message next_of(Session& session) {
    const auto latest = std::chrono::steady_clock::now() + kRelayPatience;
    for (;;) {
        if (auto message = session.talk().next()) return std::move(*message);
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(latest - std::chrono::steady_clock::now());
        pollfd polled{session.fd(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&polled, 1, static_cast<int>(left.count())) <= 0) {
            throw SystemError("no answer from 'pipectl node --edge'", ETIMEDOUT);
        }
        if (!session.talk().take()) {
            throw SystemError("'pipectl node --edge' has ended", ECONNRESET);
        }
    }
}

/// A socket on which the host's listener knows the edge's name.
Fd socket_of(Relay::Way& way) {
    if (!way.session) {
        Connections connections;
        const auto name = bytes_of(way.to.name, kEdgeNameBytes);
        const std::string error =
            connections.connect(0, name.value_or(""), way.to.addresses, way.to.port);
        if (!error.empty()) throw WireError("no way to this machine's listener: " + error);
        Fd socket = connections.take(0);
        set_nonblocking(socket.get(), false);
        return socket;
    }
    (void)next_of(*way.session);  // its greeting; the build was compared before
    way.session->talk().send(way.to);
    const Message answer = next_of(*way.session);
    const auto* const up = std::get_if<message::Up>(&answer);
    if (up == nullptr || !up->error.empty()) {
        throw WireError(up != nullptr ? up->error : "'pipectl node --edge' says something else");
    }
    return way.session->take_socket();
}

/// Bytes on their way in one direction.
struct Flow {
    int from, to;
    std::array<char, std::size_t{64} << 10> bytes{};
    std::size_t begin = 0, end = 0;
    bool over = false;

    [[nodiscard]] bool holds() const { return begin < end; }
    void read() {
        const ssize_t got = ::read(from, bytes.data(), bytes.size());
        if (got > 0) {
            begin = 0;
            end = static_cast<std::size_t>(got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            over = true;
            // of a pipe, that its writer ends is all that can be told
            if (::shutdown(to, SHUT_WR) != 0) ::close(to);
        }
    }
    /// False: nobody takes it any more.
    bool write() {
        const ssize_t put = ::write(to, bytes.data() + begin, end - begin);
        if (put > 0) begin += static_cast<std::size_t>(put);
        return put >= 0 || errno == EAGAIN || errno == EINTR;
    }
};

}  // namespace

void carry(int in, int out, int from, int to) {
    for (const int fd : {in, out, from, to}) {
        set_nonblocking(fd, true);
    }
    Flow there{in, to};
    Flow back{from, out};
    while (!there.over || !back.over) {
        std::vector<pollfd> polled;
        std::vector<Flow*> ways;
        for (Flow* way : {&there, &back}) {
            if (way->over) continue;
            polled.push_back(way->holds() ? pollfd{way->to, POLLOUT, 0}
                                          : pollfd{way->from, POLLIN, 0});
            ways.push_back(way);
        }
        if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            if (polled[i].revents == 0) continue;
            if (!ways[i]->holds()) {
                ways[i]->read();
            } else if (!ways[i]->write()) {
                return;
            }
        }
    }
}

Relay::Relay(Way one, Way other) : one_(std::move(one)), other_(std::move(other)) {
    const Fd left = socket_of(one_);
    const Fd right = socket_of(other_);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw SystemError("cannot create a process", errno);
    if (pid_ == 0) {
        // Nothing of ours but the two ends stays open here: others go by their end.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        ::setsid();
        ::signal(SIGPIPE, SIG_IGN);
        constexpr int kLeft = 3;
        constexpr int kRight = 4;
        const int low = ::fcntl(left.get(), F_DUPFD, 64);
        const int high = ::fcntl(right.get(), F_DUPFD, 64);
        ::dup2(low, kLeft);
        ::dup2(high, kRight);
        ::close_range(kRight + 1, ~0U, 0);
        const int null = ::open("/dev/null", O_RDWR);
        for (const int fd : {0, 1, 2}) {
            ::dup2(null, fd);
        }
        carry(kLeft, kLeft, kRight, kRight);
        ::_exit(0);
    }
    pidfd_ = open_pidfd(pid_);
}

void Relay::end(int milliseconds) noexcept {
    signal_process(pidfd_.get(), SIGKILL);  // and so both ways come to their end
    for (Way* way : {&one_, &other_}) {
        if (way->session && !way->session->wait(milliseconds)) way->session->kill();
    }
}

}  // namespace pipectl::hosts
