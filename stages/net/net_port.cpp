// The halves of `net`: messages (message.hpp) behind their length, over TLS. Back comes a byte at
// most: kLeft when the reader has left, kTaken when it has all and the sender may go.
//
// The handshake begins as an end is opened and goes on while its program does something else: two
// that open several ends in different orders must not wait for each other there, and what a writer
// has said is on its way before its reader looks, as with a pipe. An end that somebody waits for
// (NetEnd::reports) has it behind it when it is open.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/channel/message.hpp"
#include "stages/kinds/net.hpp"
#include "stages/net/compression.hpp"
#include "stages/net/tls.hpp"

namespace pipectl::channel {

namespace {

using Clock = std::chrono::steady_clock;
using Role = TlsStream::Role;

/// With its mark; so much is read from a pipe at once.
constexpr std::size_t kMessage = (std::size_t{256} << 10) + 1;
constexpr std::size_t kRecord = 16 << 10;  // what TLS encrypts at a time
constexpr std::chrono::milliseconds kHandshake{5000};
constexpr std::chrono::seconds kLastWords{1};
constexpr char kLeft = 'L';
constexpr char kTaken = 'T';

using Length = std::uint32_t;

void set_number(int socket, int level, int option, int value) {
    if (::setsockopt(socket, level, option, &value, sizeof value) != 0) {
        throw SystemError("cannot set an option of a TCP connection", errno);
    }
}

/// TCP_USER_TIMEOUT counts what was sent and not acknowledged; who only listens has to ask.
void limit_silence(int socket, std::chrono::milliseconds silence) {
    if (silence.count() == 0) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
    const int probe = static_cast<int>(std::clamp<std::int64_t>(seconds / 4, 1, 60));
    set_number(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(silence.count()));
    set_number(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(socket, IPPROTO_TCP, TCP_KEEPIDLE, probe);
    set_number(socket, IPPROTO_TCP, TCP_KEEPINTVL, probe);
}

std::unique_ptr<TlsStream> begin_tls(NetEnd& end, Role role) {
    // what is gathered is gathered here: nothing waits for more
    set_number(end.socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    limit_silence(end.socket.get(), end.silence);
    return std::make_unique<TlsStream>(std::move(end.socket), role, end.secret, end.edge);
}

/// Waits for the handshake's end.
void shake_hands_now(TlsStream& tls, std::chrono::milliseconds patience, Line& line) {
    const auto deadline = Clock::now() + patience;
    while (!tls.shake_hands()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            throw SystemError("the other end of the connection says nothing", ETIMEDOUT);
        }
        line.wait(tls.fd(), POLLIN, static_cast<int>(left.count()));
    }
}

void report(const Line& line, NetNews news) {
    const char word = static_cast<char>(news);
    // whoever made the end may have gone; the next wait says so
    (void)::send(line.fd(), &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// For an end that somebody waits for: those who are not the peer are closed, one after the other.
std::unique_ptr<TlsStream> meet_peer(NetEnd end, Role role, Line& line) {
    for (;;) {
        try {
            auto tls = begin_tls(end, role);
            const bool limited = end.silence.count() != 0 && end.silence < kHandshake;
            shake_hands_now(*tls, limited ? end.silence : kHandshake, line);
            report(line, NetNews::up);
            return tls;
        } catch (const SystemError&) {
            report(line, NetNews::refused);
        }
        pollfd next{line.fd(), POLLIN, 0};
        while (::poll(&next, 1, -1) < 0 && errno == EINTR) {
        }
        if ((next.revents & POLLIN) == 0) throw PeerGone();
        end = net_end(take_ticket(line.fd()));
    }
}

/// Shakes hands in a thread while the program does something else: what a writer has said is to be
/// on its way, whenever its reader comes to look. The stream is the thread's until end().
class HandshakeMeanwhile {
  public:
    explicit HandshakeMeanwhile(TlsStream& tls) : tls_(tls), stop_(::eventfd(0, EFD_CLOEXEC)) {
        if (!stop_) throw SystemError("cannot make an eventfd", errno);
        // the program's signals are not for this thread
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { run(); });
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    ~HandshakeMeanwhile() { stop(); }
    HandshakeMeanwhile(const HandshakeMeanwhile&) = delete;
    HandshakeMeanwhile& operator=(const HandshakeMeanwhile&) = delete;

    /// True when all is done. Throws what shake_hands() did.
    bool end() {
        stop();
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
        return done_;
    }

  private:
    void stop() {
        if (!thread_.joinable()) return;
        const std::uint64_t one = 1;
        (void)!::write(stop_.get(), &one, sizeof one);
        thread_.join();
    }

    void run() {
        try {
            for (;;) {
                done_ = tls_.shake_hands();
                pollfd waiting[] = {{tls_.fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
                if (done_) return;
                while (::poll(waiting, 2, -1) < 0 && errno == EINTR) {
                }
                if (waiting[1].revents != 0) return;
            }
        } catch (...) {
            error_ = std::current_exception();
        }
    }

    TlsStream& tls_;
    Fd stop_;
    std::thread thread_;
    std::exception_ptr error_;
    bool done_ = false;
};

class NetPort : public MessagePort {
  public:
    NetPort(NetEnd end, Role role, Line& line) : line_(line), compress_(end.compress) {
        if (end.reports) {
            tls_ = meet_peer(std::move(end), role, line);
            is_up_ = true;
        } else {
            tls_ = begin_tls(end, role);
        }
    }

    [[nodiscard]] std::size_t room() const override { return kMessage; }
    // an end has one direction
    void send(std::span<const char> /*message*/) override { std::abort(); }
    std::size_t receive(std::span<char> /*room*/) override { std::abort(); }

  protected:
    void complete_handshake() {
        while (!is_up_) {
            is_up_ = tls_->shake_hands();
            if (!is_up_) line_.wait(tls_->fd(), POLLIN);
        }
    }

    std::unique_ptr<TlsStream> tls_;
    Line& line_;
    bool is_up_ = false;
    bool compress_;
};

/// "The other end has gone" is what a peer's end looks like, and no error.
template <class Function>
auto or_gone(Function function) {
    try {
        return function();
    } catch (const SystemError& error) {
        if (error.code() == EPIPE) throw PeerGone();
        throw;
    }
}

class NetSenderPort : public NetPort {
  public:
    NetSenderPort(NetEnd end, Line& line) : NetPort(std::move(end), Role::client, line) {
        if (compress_) compressor_.emplace();
        try {
            or_gone([&] { hear(); });
        } catch (const PeerGone&) {
            // who writes is told when it does
        }
        line_.hear_peer_at(tls_->fd(), [this] { or_gone([&] { hear(); }); });
    }
    ~NetSenderPort() override { line_.hear_peer_at(-1, nullptr); }
    NetSenderPort(const NetSenderPort&) = delete;
    NetSenderPort& operator=(const NetSenderPort&) = delete;

    void send(std::span<const char> message) override {
        or_gone([&] {
            complete_handshake();
            put(compressor_ ? compressor_->add(message) : message);
            flush();
        });
    }

    void finish() override {
        or_gone([&] {
            while (!taken_) {
                hear();
                if (!taken_) line_.wait(tls_->fd(), POLLIN);
            }
        });
    }

  private:
    /// The length goes into the first record, with as much as fits there.
    void put(std::span<const char> bytes) {
        const auto length = static_cast<Length>(bytes.size());
        const std::size_t first = std::min(bytes.size(), kRecord - sizeof length);
        first_.resize(sizeof length + first);
        std::memcpy(first_.data(), &length, sizeof length);
        std::memcpy(first_.data() + sizeof length, bytes.data(), first);
        tls_->write(first_);
        tls_->write(bytes.subspan(first));
    }

    void flush() {
        while (!tls_->flush()) {
            line_.wait(tls_->fd(), POLLOUT | POLLIN);
            hear();
        }
    }

    /// What the peer has said so far. Throws PeerGone when it has left.
    void hear() {
        if (!is_up_) is_up_ = tls_->shake_hands();
        if (!is_up_) return;
        char word = 0;
        const auto got = tls_->read({&word, sizeof word});
        if (!got) return;
        if (*got == 0 || word == kLeft) throw PeerGone();
        if (word != kTaken) throw SystemError("the channel is corrupt", EBADMSG);
        taken_ = true;
    }

    std::optional<Compressor> compressor_;
    std::vector<char> first_;
    bool taken_ = false;
};

class NetReceiverPort : public NetPort {
  public:
    NetReceiverPort(NetEnd end, Line& line) : NetPort(std::move(end), Role::server, line) {
        if (compress_) decompressor_.emplace();
        if (!is_up_) meanwhile_.emplace(*tls_);
    }
    ~NetReceiverPort() override {
        if (!has_all_) say_left();
    }
    NetReceiverPort(const NetReceiverPort&) = delete;
    NetReceiverPort& operator=(const NetReceiverPort&) = delete;

    std::size_t receive(std::span<char> room) override {
        return or_gone([&] {
            end_meanwhile();
            complete_handshake();
            Length length = 0;
            fill({reinterpret_cast<char*>(&length), sizeof length});
            return take(length, room);
        });
    }

    std::size_t receive_now(std::span<char> room) override {
        if (!is_up_ || !tls_->has_pending()) return 0;
        return or_gone([&]() -> std::size_t {
            Length length = 0;
            const std::span<char> head(reinterpret_cast<char*>(&length), sizeof length);
            const auto got = tls_->read(head);
            if (!got) return 0;
            if (*got == 0) throw PeerGone();
            fill(head.subspan(*got));  // the rest of a message is on its way
            return take(length, room);
        });
    }

    void finish() override {
        has_all_ = true;
        or_gone([&] {
            tls_->write({&kTaken, sizeof kTaken});
            while (!tls_->flush()) {
                line_.wait(tls_->fd(), POLLOUT);
            }
        });
    }

  private:
    void end_meanwhile() {
        if (!meanwhile_) return;
        is_up_ = meanwhile_->end();
        meanwhile_.reset();
    }

    std::size_t take(Length length, std::span<char> room) {
        const std::size_t most = decompressor_ ? Compressor::longest(kMessage) : kMessage;
        if (length == 0 || length > most) throw SystemError("the channel is corrupt", EBADMSG);
        if (!decompressor_) {
            fill(room.first(length));
            return length;
        }
        compressed_.resize(std::max<std::size_t>(compressed_.size(), length));
        const std::span<char> compressed = std::span(compressed_).first(length);
        fill(compressed);
        return decompressor_->add(compressed, room.first(kMessage));
    }

    void fill(std::span<char> room) {
        while (!room.empty()) {
            const auto got = tls_->read(room);
            if (!got) {
                wait_for_more();
            } else if (*got == 0) {
                throw PeerGone();
            } else {
                room = room.subspan(*got);
            }
        }
    }

    /// Of a peer that has gone the kernel may still have something on the way.
    void wait_for_more() {
        try {
            line_.wait(tls_->fd(), POLLIN);
        } catch (const PeerGone&) {
            pollfd waiting{tls_->fd(), POLLIN, 0};
            constexpr auto kMs = std::chrono::milliseconds(kLastWords).count();
            if (::poll(&waiting, 1, static_cast<int>(kMs)) <= 0) throw;
        }
    }

    void say_left() noexcept {
        try {
            end_meanwhile();
            if (!is_up_) return;
            tls_->write({&kLeft, sizeof kLeft});
            (void)tls_->flush();
            ::shutdown(tls_->fd(), SHUT_WR);
        } catch (const std::exception&) {
            // it learns of our end by the connection's
        }
    }

    std::optional<HandshakeMeanwhile> meanwhile_;
    std::optional<Decompressor> decompressor_;
    std::vector<char> compressed_;
    bool has_all_ = false;
};

}  // namespace

/// A name that can be asked for: a linker takes nothing out of an archive for a weak one.
extern "C" void pipectl_speaks_net() {}

std::unique_ptr<Sender> open_net_sender(Ticket ticket, Line& line) {
    return std::make_unique<MessageSender>(
        std::make_unique<NetSenderPort>(net_end(std::move(ticket)), line));
}

std::unique_ptr<Receiver> open_net_receiver(Ticket ticket, Line& line) {
    return std::make_unique<MessageReceiver>(
        std::make_unique<NetReceiverPort>(net_end(std::move(ticket)), line));
}

}  // namespace pipectl::channel
