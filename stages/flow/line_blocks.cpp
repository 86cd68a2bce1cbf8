#include "stages/flow/line_blocks.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "stages/flow/moved.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

namespace {

/// What is read beyond a block, so that the next one is there when it is wanted.
constexpr std::size_t kReadAhead = std::size_t{128} << 10;

}  // namespace

bool LineBlocks::read_some() {
    if (ended_ || !is_ready(fd_, POLLIN)) return false;
    make_space();
    const auto got = read_counted(fd_, {buffer_.data() + end_, buffer_.size() - end_});
    if (!got) return false;
    end_ += *got;
    ended_ = *got == 0;
    return true;
}

/// What is here moves to the front, and the buffer doubles only for a line that fills it.
void LineBlocks::make_space() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t usual = size_ + kReadAhead;
    if (buffer_.size() > 4 * usual && end_ < usual) {
        std::vector<char>(buffer_.begin(), buffer_.begin() + usual).swap(buffer_);
    }
    if (buffer_.size() - end_ < kReadAhead / 2) {
        buffer_.resize(std::max(usual, 2 * buffer_.size()));
    }
}

std::optional<std::string_view> LineBlocks::whole() {
    const std::string_view all = here();
    if (ended_ && all.size() <= size_) return all.empty() ? std::nullopt : std::optional(all);
    // of a line that fills the block only what follows tells whether it ends there
    if (all.size() < size_ || (all.size() == size_ && all.back() != '\n')) return std::nullopt;
    if (searched_ == 0) {
        const std::size_t last = all.rfind('\n', size_ - 1);
        if (last != std::string_view::npos) return all.substr(0, last + 1);
        searched_ = size_;
    }
    const std::size_t first = all.find('\n', searched_);
    if (first != std::string_view::npos) return all.substr(0, first + 1);
    searched_ = all.size();
    return ended_ ? std::optional(all) : std::nullopt;
}

std::optional<std::string_view> LineBlocks::some() {
    if (const auto block = whole()) return block;
    const std::size_t last = here().rfind('\n');
    return last == std::string_view::npos ? std::nullopt
                                          : std::optional(here().substr(0, last + 1));
}

void LineBlocks::consume(std::size_t bytes) {
    begin_ += bytes;
    searched_ = 0;
}

}  // namespace pipectl::helper
