#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "stages/base/error.hpp"
#include "stages/reliable/reliable.hpp"

namespace pipectl::channel {

namespace {

/// While it lives, threads are born with every signal blocked: signals are for the program's own.
class SignalsBlocked {
  public:
    SignalsBlocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

ReliableSender::ReliableSender(std::unique_ptr<DatagramPort> port, Line& line,
                               const DatagramTerms& terms, const DatagramTiming& timing)
    : port_(std::move(port)),
      line_(line),
      terms_(terms),
      timing_(timing),
      slots_(terms.window),
      interval_(timing.first_probe) {
    assert(terms.window >= 1 && terms.window <= DatagramTerms::kLargestWindow);
    const SignalsBlocked blocked;
    try {
        keeper_ = std::thread([this] { keep(); });
    } catch (const std::system_error& error) {
        throw SystemError("cannot start a thread", error.code().value());
    }
}

ReliableSender::~ReliableSender() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    keeper_.join();
}

std::size_t ReliableSender::room() const {
    return port_->room() - sizeof(DatagramHead);
}

void ReliableSender::send(std::span<const char> message) {
    const std::lock_guard lock(mutex_);
    wait_for_room();
    slot(sent_).buffer.assign(message.begin(), message.end());
    send_slot(message.size());
}

void ReliableSender::send_buffer(std::vector<char>& buffer, std::size_t size) {
    const std::lock_guard lock(mutex_);
    wait_for_room();
    std::vector<char>& kept = slot(sent_).buffer;
    kept.resize(buffer.size());
    kept.swap(buffer);
    send_slot(size);
}

/// The next message is in its slot.
void ReliableSender::send_slot(std::size_t size) {
    const std::uint64_t number = sent_++;
    slot(number).size = size;
    slot(number).arrived = false;
    if (on_the_way() == 1) {
        silent_since_ = Clock::now();
        interval_ = timing_.first_probe;
        due_ = silent_since_ + interval_;
        if (keeper_sleeps_) wake_.notify_one();
    }
    transmit(number);
}

void ReliableSender::wait_for_room() {
    if (failure_) std::rethrow_exception(failure_);
    if (on_the_way() > terms_.window / 2) hear();
    while (on_the_way() == terms_.window) {
        wait_for_word();
    }
}

std::size_t ReliableSender::receive(std::span<char> /*room*/) {
    throw SystemError("cannot receive at a sender's end", ENOTSUP);
}

void ReliableSender::finish() {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    while (on_the_way() > 0) {
        try {
            wait_for_word();
        } catch (const PeerGone&) {
            // it may have gone with everything, and its last acknowledgement got lost
            listen_to_line();
            if (!taken_) throw;
        }
        listen_to_line();
        if (taken_) first_ = sent_;
    }
}

/// What happens while the program is elsewhere: nothing costs anything unless something is on the
/// way for longer than its acknowledgement should take.
void ReliableSender::keep() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (on_the_way() == 0 || failure_) {
            keeper_sleeps_ = true;
            wake_.wait(lock, [this] { return stop_ || (on_the_way() > 0 && !failure_); });
            keeper_sleeps_ = false;
            continue;
        }
        const Clock::time_point due = due_;
        wake_.wait_until(lock, due, [this] { return stop_; });
        if (stop_ || Clock::now() < due_) continue;
        try {
            hear();
            act_on_time();
        } catch (...) {
            failure_ = std::current_exception();  // for whoever sends next
        }
    }
}

void ReliableSender::wait_for_word() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
    line_.wait(port_->fd(), POLLIN, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    hear();
    act_on_time();
}

void ReliableSender::hear() {
    DatagramHead head;
    while (const std::optional<std::size_t> size = port_->receive(bytes_of(head), {})) {
        if (is_ours(head, *size, terms_.to_sender) && head.type == DatagramType::ack) {
            on_ack(head);
        }
    }
}

void ReliableSender::on_ack(const DatagramHead& head) {
    if (head.number > sent_) return;
    const Clock::time_point now = Clock::now();
    silent_since_ = now;
    silences_ = 0;
    quiet_ = false;
    if (head.number > first_) {
        first_ = head.number;
        interval_ = timing_.first_probe;
        due_ = now + interval_;
    }
    for (std::uint64_t bits = head.arrived; bits != 0; bits &= bits - 1) {
        const std::uint64_t number = head.number + static_cast<unsigned>(std::countr_zero(bits));
        if (number >= first_ && number < sent_) slot(number).arrived = true;
    }
    if (probing_ && head.probe == probe_) {
        probing_ = false;
        for (std::uint64_t number = first_; number < probe_limit_; ++number) {
            if (!slot(number).arrived) transmit(number);
        }
        due_ = now + interval_;
    } else if ((head.arrived & 1) == 0 && head.arrived != 0 && !probing_) {
        probe();  // a gap: lost, or late
    }
}

void ReliableSender::act_on_time() {
    const Clock::time_point now = Clock::now();
    if (on_the_way() == 0 || now < due_) return;
    judge_silence(now);
    // a receiver that does not even answer the line is busy elsewhere, and finds probes enough
    if (!quiet_) probe();
    interval_ = std::min(2 * interval_, timing_.last_probe);
    due_ = now + interval_;
}

/// The clock alone cannot tell: a program that was stopped for an hour has missed nothing.
void ReliableSender::judge_silence(Clock::time_point now) {
    listen_to_line();
    if (asked_ || now - silent_since_ < timing_.silence) return;
    if (silences_ >= timing_.silences) {
        throw SystemError("cannot deliver datagrams: the receiver waits and none gets through",
                          ETIMEDOUT, "does a firewall drop them on the loopback interface?");
    }
    say(line_, Word::do_you_wait);
    asked_ = true;
    quiet_ = true;
}

void ReliableSender::listen_to_line() {
    while (const std::optional<Word> word = heard(line_)) {
        if (*word == Word::all_taken) taken_ = true;
        if (*word == Word::i_wait && asked_) {
            asked_ = false;
            quiet_ = false;
            ++silences_;
            silent_since_ = Clock::now();
        }
    }
}

void ReliableSender::transmit(std::uint64_t number) {
    DatagramHead head;
    head.token = terms_.to_receiver;
    head.type = DatagramType::data;
    head.number = number;
    port_->send(bytes_of(head), std::span(slot(number).buffer).first(slot(number).size));
}

void ReliableSender::probe() {
    DatagramHead head;
    head.token = terms_.to_receiver;
    head.type = DatagramType::probe;
    head.number = ++probe_;
    probing_ = true;
    probe_limit_ = sent_;
    port_->send(bytes_of(head), {});
}

}  // namespace pipectl::channel
