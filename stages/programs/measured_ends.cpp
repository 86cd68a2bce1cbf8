#include "stages/programs/measured_ends.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "stages/base/error.hpp"

namespace pipectl::helper {

void fill_block(std::span<char> block, unsigned char value) {
    std::memset(block.data(), value, block.size());
}

unsigned long add_up(std::span<const char> block) {
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= block.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, block.data() + at, sizeof word);
        sum += word;
    }
    for (; at < block.size(); ++at) {
        sum += static_cast<unsigned char>(block[at]);
    }
    return sum;
}

WriteEnd::WriteEnd(const channel::Kind& kind, Fd fd) {
    if (kind.ends == channel::Ends::direct) {
        fd_ = std::move(fd);
        return;
    }
    line_ = std::make_unique<channel::Line>(std::move(fd));
    sender_ = kind.open_sender(channel::take_ticket(line_->fd()), *line_);
    sender_->count_only();
}

bool WriteEnd::send_block(std::size_t size, unsigned char value) {
    if (!sender_) {
        block_.resize(size);
        fill_block(block_, value);
        return write_all(fd_.get(), {block_.data(), size}) == 0;
    }
    try {
        while (size > 0) {
            const std::span<char> room = sender_->reserve(size);
            fill_block(room, value);
            sender_->commit(room.size(), false);
            size -= room.size();
        }
        return true;
    } catch (const channel::PeerGone&) {
        return false;
    }
}

void WriteEnd::finish() {
    if (sender_) sender_->finish();
    sender_.reset();
    line_.reset();
    fd_.reset();
}

ReadEnd::ReadEnd(const channel::Kind& kind, Fd fd) {
    if (kind.ends == channel::Ends::direct) {
        fd_ = std::move(fd);
        return;
    }
    line_ = std::make_unique<channel::Line>(std::move(fd));
    receiver_ = kind.open_receiver(channel::take_ticket(line_->fd()), *line_);
}

std::size_t ReadEnd::receive(std::size_t size) {
    if (receiver_) {
        const channel::Piece piece = receiver_->peek();
        if (piece.end) return 0;
        const std::size_t part = std::min(size, piece.bytes.size());
        sum_ += add_up(piece.bytes.first(part));
        receiver_->release(part);
        return part;
    }
    block_.resize(std::max(block_.size(), size));
    for (;;) {
        const ssize_t got = ::read(fd_.get(), block_.data(), size);
        if (got >= 0) {
            sum_ += add_up(std::span(block_).first(got));
            return got;
        }
        if (errno != EINTR) throw SystemError("cannot read", errno);
    }
}

bool ReadEnd::receive_all(std::size_t size) {
    while (size > 0) {
        const std::size_t got = receive(size);
        if (got == 0) return false;
        size -= got;
    }
    return true;
}

}  // namespace pipectl::helper
