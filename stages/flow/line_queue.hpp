#pragma once

// Whole lines on their way to one output, which takes them when it can.

#include <string>
#include <string_view>

#include "stages/flow/output.hpp"

namespace pipectl::helper {

class LineQueue {
  public:
    explicit LineQueue(int fd) : out_(fd) {}

    [[nodiscard]] const Output& out() const { return out_; }
    [[nodiscard]] bool empty() const { return begin_ == pending_.size(); }
    /// Holds so much that its producer should wait.
    [[nodiscard]] bool full() const;

    /// Adds whole lines. After a last line without newline one is put in, so that lines never run
    /// together.
    void add(std::string_view lines);

    /// Writes what goes without waiting; true when something went. Throws SystemError.
    bool flush();

    /// After poll(2): it may take more, or its reader has left.
    void look(short events);

    /// Closes the output, which has got all there is. Call it once, when empty.
    void finish() { out_.finish(); }

    /// The lines of which the output has seen nothing; they are taken away.
    std::string take_unseen();

  private:
    Output out_;
    std::string pending_;
    std::size_t begin_ = 0;
    bool inside_line_ = false;  ///< the output has seen a part of the first line
    bool open_line_ = false;    ///< the last byte that was added is no newline
    bool blocked_ = false;
};

}  // namespace pipectl::helper
