#include "stages/channel/message.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

enum class Mark : char { data = 'd', record = 'r', end = 'e' };

constexpr std::size_t kHead = 1;
constexpr std::size_t kPiece = 128 << 10;  ///< as much is gathered from small messages
constexpr std::size_t kMessages = 32;

struct EndMark {
    std::uint64_t length;
    std::uint64_t digest;
};

}  // namespace

MessageSender::MessageSender(std::unique_ptr<MessagePort> port)
    : port_(std::move(port)), message_(std::max(port_->room(), kHead + sizeof(EndMark))) {}

std::span<char> MessageSender::reserve(std::size_t wanted) {
    return std::span(message_).subspan(kHead, std::min(wanted, port_->room() - kHead));
}

void MessageSender::commit(std::size_t size, bool ends_record) {
    if (size == 0 && !ends_record) return;
    message_[0] = static_cast<char>(ends_record ? Mark::record : Mark::data);
    digest_.add(message_.data() + kHead, size);
    port_->send_buffer(message_, kHead + size);
}

void MessageSender::finish() {
    const EndMark mark{digest_.length(), digest_.value()};
    message_[0] = static_cast<char>(Mark::end);
    std::memcpy(message_.data() + kHead, &mark, sizeof mark);
    port_->send(std::span(message_).first(kHead + sizeof mark));
    port_->finish();
}

MessageReceiver::MessageReceiver(std::unique_ptr<MessagePort> port)
    : port_(std::move(port)),
      message_(std::max(
          {port_->room(), kHead + sizeof(EndMark), std::min(kPiece, kMessages * port_->room())})) {}

Piece MessageReceiver::peek() {
    if (begin_ == size_ && !ends_record_ && !end_) {
        begin_ = size_ = kHead;
        const std::size_t got = port_->receive(message_);
        take(got, message_[0]);
        gather();
    }
    const bool all_released = begin_ == size_;
    return {std::span<const char>(message_).subspan(begin_, size_ - begin_), ends_record_,
            end_ && all_released && !ends_record_};
}

/// What waits in small messages is one piece: a reader that is woken for each of them costs more
/// than the message.
void MessageReceiver::gather() {
    while (!ends_record_ && !end_ && message_.size() - size_ + kHead >= port_->room()) {
        // its first byte comes to lie on the last one of data
        const char last = message_[size_ - kHead];
        const std::size_t got =
            port_->receive_now(std::span(message_).subspan(size_ - kHead, port_->room()));
        const char mark = std::exchange(message_[size_ - kHead], last);
        if (got == 0) return;
        take(got, mark);
    }
}

/// A message whose data begins at `size_`.
void MessageReceiver::take(std::size_t got, char mark) {
    if (got == 0) throw SystemError("the channel is corrupt", EBADMSG);
    const std::span<const char> data = std::span<const char>(message_).subspan(size_, got - kHead);
    switch (Mark{mark}) {
        case Mark::end:
            check_end(data);
            port_->finish();
            end_ = true;
            return;
        case Mark::record: ends_record_ = true; break;
        case Mark::data: break;
        default: throw SystemError("the channel is corrupt", EBADMSG);
    }
    digest_.add(data.data(), data.size());
    size_ += data.size();
}

void MessageReceiver::release(std::size_t size) {
    assert(size <= size_ - begin_);
    begin_ += size;
    if (begin_ == size_) ends_record_ = false;
}

void MessageReceiver::check_end(std::span<const char> mark) const {
    EndMark sent{};
    if (mark.size() != sizeof sent) throw SystemError("the channel is corrupt", EBADMSG);
    std::memcpy(&sent, mark.data(), sizeof sent);
    if (sent.length != digest_.length() || sent.digest != digest_.value()) {
        throw SystemError("the channel has lost data: " + std::to_string(sent.length) +
                              " bytes were sent and " + std::to_string(digest_.length()) +
                              " arrived",
                          EBADMSG);
    }
}

}  // namespace pipectl::channel
