#include "stages/channel/message.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl::channel {

namespace {

enum class Mark : char { data = 'd', record = 'r', end = 'e' };

constexpr std::size_t kHead = 1;

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
    : port_(std::move(port)), message_(std::max(port_->room(), kHead + sizeof(EndMark))) {}

Piece MessageReceiver::peek() {
    if (begin_ == size_ && !ends_record_ && !end_) {
        const std::size_t got = port_->receive(message_);
        if (got == 0) throw SystemError("the channel is corrupt", EBADMSG);
        const std::span<const char> data = std::span<const char>(message_).subspan(kHead, got - 1);
        switch (Mark{message_[0]}) {
            case Mark::end:
                check_end(data);
                port_->finish();
                end_ = true;
                break;
            case Mark::record: ends_record_ = true; [[fallthrough]];
            case Mark::data:
                begin_ = kHead;
                size_ = got;
                digest_.add(data.data(), data.size());
                break;
            default: throw SystemError("the channel is corrupt", EBADMSG);
        }
    }
    return {std::span<const char>(message_).subspan(begin_, size_ - begin_), ends_record_, end_};
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
