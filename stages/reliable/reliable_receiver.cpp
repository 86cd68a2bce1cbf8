#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "stages/base/error.hpp"
#include "stages/reliable/reliable.hpp"

namespace pipectl::channel {

ReliableReceiver::ReliableReceiver(std::unique_ptr<DatagramPort> port, Line& line,
                                   const DatagramTerms& terms, const DatagramTiming& timing)
    : port_(std::move(port)), line_(line), terms_(terms), timing_(timing), slots_(terms.window) {
    assert(terms.window >= 1 && terms.window <= DatagramTerms::kLargestWindow);
}

std::size_t ReliableReceiver::room() const {
    return port_->room() - sizeof(DatagramHead);
}

void ReliableReceiver::send(std::span<const char> /*message*/) {
    throw SystemError("cannot send at a receiver's end", ENOTSUP);
}

std::size_t ReliableReceiver::receive(std::span<char> room) {
    for (;;) {
        if (Slot& early = slot(next_); early.full) {
            early.full = false;
            std::copy(early.message.begin(), early.message.end(), room.begin());
            const std::size_t size = early.message.size();
            taken();
            return size;
        }
        DatagramHead head;
        const std::optional<std::size_t> size = port_->receive(bytes_of(head), room);
        if (!size) {
            wait();
        } else if (is_ours(head, *size, terms_.to_receiver)) {
            if (const auto got = take(head, room.first(*size - sizeof head))) return *got;
        }
    }
}

/// The sender may go before it hears of this, if the line tells it.
void ReliableReceiver::finish() {
    say(line_, Word::all_taken);
    acknowledge();
}

/// The length of the message that is next, when this is it.
std::optional<std::size_t> ReliableReceiver::take(const DatagramHead& head,
                                                  std::span<const char> body) {
    if (head.type == DatagramType::probe) {
        probe_ = std::max(probe_, head.number);
        acknowledge();
    }
    if (head.type != DatagramType::data) return std::nullopt;
    if (head.number == next_) {
        taken();
        return body.size();
    }
    // the sender keeps to the window; what is below it was taken before
    if (head.number > next_ && head.number - next_ < terms_.window) {
        Slot& early = slot(head.number);
        early.full = true;
        early.message.assign(body.begin(), body.end());
    }
    acknowledge();
    return std::nullopt;
}

void ReliableReceiver::wait() {
    const bool owes = owed_ > 0;
    const auto patience = owes ? timing_.ack_delay : timing_.answer;
    if (line_.wait(port_->fd(), POLLIN, static_cast<int>(patience.count()))) return;
    if (owes) {
        acknowledge();
    } else if (heard(line_) == Word::do_you_wait) {
        say(line_, Word::i_wait);
    }
}

void ReliableReceiver::taken() {
    ++next_;
    if (++owed_ >= (terms_.window + 3) / 4) acknowledge();
}

void ReliableReceiver::acknowledge() {
    DatagramHead head;
    head.token = terms_.to_sender;
    head.type = DatagramType::ack;
    head.number = next_;
    head.probe = probe_;
    for (std::size_t i = 0; i < terms_.window; ++i) {
        if (slot(next_ + i).full) head.arrived |= std::uint64_t{1} << i;
    }
    port_->send(bytes_of(head), {});
    owed_ = 0;
}

}  // namespace pipectl::channel
