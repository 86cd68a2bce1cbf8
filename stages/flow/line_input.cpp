#include "stages/flow/line_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "stages/flow/moved.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

namespace {

constexpr std::size_t kInputBlock = std::size_t{128} << 10;

}  // namespace

bool LineInput::read_some() {
    if (ended_ || !is_ready(fd_, POLLIN)) return false;
    make_space();
    const auto got = read_counted(fd_, {buffer_.data() + end_, buffer_.size() - end_});
    if (!got) return false;
    const char* fresh = buffer_.data() + end_;
    end_ += *got;
    ended_ = *got == 0;
    if (ended_) {
        whole_ = end_;
    } else if (const void* newline = ::memrchr(fresh, '\n', *got)) {
        whole_ = static_cast<const char*>(newline) + 1 - buffer_.data();
    }
    return true;
}

/// Room for at least half a block: what is here moves to the front, and the buffer doubles only for
/// a line that fills it.
void LineInput::make_space() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        whole_ -= begin_ < whole_ ? begin_ : whole_;
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() > 8 * kInputBlock && end_ <= kInputBlock) {
        std::vector<char>(buffer_.begin(), buffer_.begin() + 2 * kInputBlock).swap(buffer_);
    }
    if (buffer_.size() - end_ < kInputBlock / 2) {
        buffer_.resize(buffer_.empty() ? kInputBlock : 2 * buffer_.size());
    }
}

std::string_view LineInput::lines() const {
    return whole_ > begin_ ? std::string_view(buffer_.data() + begin_, whole_ - begin_)
                           : std::string_view();
}

std::string_view LineInput::line() const {
    const std::string_view all = lines();
    const std::size_t newline = all.find('\n');
    return newline == std::string_view::npos ? all : all.substr(0, newline + 1);
}

}  // namespace pipectl::helper
