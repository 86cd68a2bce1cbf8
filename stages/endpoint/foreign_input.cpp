// Standard input, cut into messages: lines, or records behind their length.

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "stages/base/error.hpp"
#include "stages/endpoint/foreign.hpp"
#include "stages/flow/jobs.hpp"
#include "stages/flow/moved.hpp"

namespace pipectl::helper {

namespace {

constexpr int kForeignSource = 0;
constexpr std::size_t kForeignBlock = std::size_t{64} << 10;
constexpr std::size_t kLengthBytes = 4;

}  // namespace

ForeignInput::ForeignInput(bool with_length, const ForeignPlace& place)
    : with_length_(with_length), place_(place), limit_(place.limit()) {}

/// False at the end.
bool ForeignInput::read_more(const ForeignWait& waiting) {
    if (ended_) return false;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < kForeignBlock) buffer_.resize(end_ + kForeignBlock);
    for (;;) {
        pollfd entry{kForeignSource, POLLIN, 0};
        waiting.wait({&entry, 1}, -1);
        if (entry.revents == 0) continue;
        const ssize_t got = ::read(kForeignSource, buffer_.data() + end_, buffer_.size() - end_);
        if (got >= 0) {
            end_ += static_cast<std::size_t>(got);
            count_moved(kForeignSource, static_cast<std::size_t>(got));
            ended_ = got == 0;
            return !ended_;
        }
        if (errno != EINTR && errno != EAGAIN) {
            throw SystemError(cannot_read(kForeignSource), errno);
        }
    }
}

void ForeignInput::refuse_length(const std::string& length) const {
    throw SystemError("cannot send message " + std::to_string(number_) + " of " + length +
                          " bytes to " + place_.name(),
                      EMSGSIZE,
                      "the limit is " + std::to_string(limit_.bytes) + " bytes (" + limit_.source +
                          "); " + std::to_string(number_ - 1) +
                          " were sent, and neither this one nor what follows it");
}

std::optional<std::span<const char>> ForeignInput::next_line(const ForeignWait& waiting) {
    std::size_t searched = 0;
    for (;;) {
        const std::span<const char> here(buffer_.data() + begin_, end_ - begin_);
        const auto* const newline =
            here.size() == searched ? nullptr
                                    : static_cast<const char*>(std::memchr(
                                          here.data() + searched, '\n', here.size() - searched));
        const std::size_t length =
            newline != nullptr ? static_cast<std::size_t>(newline - here.data()) : here.size();
        if (length > limit_.bytes) {
            refuse_length(newline != nullptr ? std::to_string(length)
                                             : std::to_string(length) + " or more");
        }
        if (newline != nullptr) {
            begin_ += length + 1;
            return here.first(length);
        }
        searched = here.size();
        if (read_more(waiting)) continue;
        if (here.empty()) return std::nullopt;
        begin_ = end_;
        return std::span<const char>(buffer_.data() + end_ - length, length);
    }
}

std::optional<std::span<const char>> ForeignInput::next_record(const ForeignWait& waiting) {
    std::size_t wanted = kLengthBytes;
    std::uint32_t length = 0;
    for (;;) {
        const std::size_t here = end_ - begin_;
        if (here >= kLengthBytes) {
            length = 0;
            for (std::size_t i = 0; i < kLengthBytes; ++i) {
                length = length << 8 | static_cast<unsigned char>(buffer_[begin_ + i]);
            }
            if (length > limit_.bytes) refuse_length(std::to_string(length));
            wanted = kLengthBytes + length;
        }
        if (here >= wanted) {
            begin_ += wanted;
            return std::span<const char>(buffer_.data() + begin_ - length, length);
        }
        if (read_more(waiting)) continue;
        if (here == 0) return std::nullopt;
        throw SystemError("cannot read message " + std::to_string(number_), EBADMSG,
                          "the input ends after " + std::to_string(here) + " of its " +
                              std::to_string(wanted) + " bytes, the length of 4 included");
    }
}

std::optional<std::span<const char>> ForeignInput::next(const ForeignWait& waiting) {
    ++number_;
    return with_length_ ? next_record(waiting) : next_line(waiting);
}

}  // namespace pipectl::helper
