#pragma once

// An input descriptor read line by line: what was read and is not yet a whole line stays here.
//
// A line is bytes up to and with its newline, of any length and content; the memory grows with the
// longest one and is given back after it. At the end of the input the rest is a line too.

#include <cstddef>
#include <string_view>
#include <vector>

namespace pipectl::helper {

class LineInput {
  public:
    explicit LineInput(int fd) : fd_(fd) {}

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool ended() const { return ended_; }

    /// Reads once, when poll(2) says that this does not wait; false when there was nothing. Throws
    /// SystemError.
    bool read_some();

    /// All whole lines that are here. Valid until the next call of another function.
    [[nodiscard]] std::string_view lines() const;

    /// The first of them, or empty.
    [[nodiscard]] std::string_view line() const;

    /// Done with the first `bytes` of lines().
    void consume(std::size_t bytes) { begin_ += bytes; }

  private:
    void make_space();

    int fd_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< of what is here
    std::size_t whole_ = 0;  ///< end of the last whole line
    std::size_t end_ = 0;
    bool ended_ = false;
};

}  // namespace pipectl::helper
