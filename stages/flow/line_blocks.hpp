#pragma once

// An input cut into blocks of whole lines.
//
// A block is as many whole lines as fit into its size, and at least one; a longer line is a block
// of its own. So the same bytes always make the same blocks, however they arrive. Memory grows with
// the longest line and is given back after it.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace pipectl::helper {

class LineBlocks {
  public:
    /// Borrows descriptor `fd`. `size` is in bytes, at least 1.
    LineBlocks(int fd, std::size_t size) : fd_(fd), size_(size) {}

    [[nodiscard]] int fd() const { return fd_; }
    /// All that came was consumed, and nothing more comes.
    [[nodiscard]] bool done() const { return ended_ && begin_ == end_; }
    [[nodiscard]] bool ended() const { return ended_; }

    /// Reads once, when that does not wait; false when there was nothing. Throws SystemError.
    bool read_some();

    /// The next block, once all of it is here. Valid until the next call of another function.
    [[nodiscard]] std::optional<std::string_view> whole();
    /// The whole lines that are here, at most a block of them: for who cannot wait for more.
    [[nodiscard]] std::optional<std::string_view> some();

    /// Done with the first `bytes`.
    void consume(std::size_t bytes);
    /// Done with all, and nothing more is read.
    void stop() {
        ended_ = true;
        begin_ = end_;
    }

  private:
    [[nodiscard]] std::string_view here() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void make_space();

    int fd_;
    std::size_t size_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t searched_ = 0;  ///< of what is here, no newline is in that many bytes
    bool ended_ = false;
};

}  // namespace pipectl::helper
