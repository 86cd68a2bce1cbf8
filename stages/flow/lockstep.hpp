#pragma once

// Gives every byte of an input to all outputs without copying it: tee(2) and splice(2).
//
// tee(2) always begins at the head of the pipe it reads. So each branch knows how far it is ahead
// of that head, and the head moves on when the last branch has its bytes: no branch is ahead of
// another by more than a pipe holds. What is not a pipe gets one of its own in front of it or
// behind it.

#include <cstddef>
#include <vector>

#include "stages/base/fd.hpp"
#include "stages/flow/output.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

class Lockstep {
  public:
    explicit Lockstep(const std::vector<int>& outputs);

    /// Copies descriptor `in` to its end and returns when all of it is delivered. Dies of SIGPIPE
    /// when the last reader has left; throws SystemError.
    void copy(int in);

  private:
    struct Branch {
        explicit Branch(int fd);
        /// Where tee and splice put the bytes.
        [[nodiscard]] int target() const;
        [[nodiscard]] bool direct() const { return out.kind() == Output::Kind::pipe; }
        [[nodiscard]] bool holds_data() const { return held > 0 || begin < end; }
        /// Moves what the own pipe holds on to the output; true when something went.
        bool deliver();

        Output out;
        PipeEnds own;           ///< in front of an output that is not a pipe
        std::size_t held = 0;   ///< bytes in `own`
        std::size_t ahead = 0;  ///< bytes it has beyond the head of the input
        std::vector<char> buffer;
        std::size_t begin = 0;  ///< of what is in the buffer
        std::size_t end = 0;
        bool spliceable = true;
    };

    bool fill();
    bool advance();
    bool give(Branch& branch);
    void head_moved(std::size_t bytes) const;
    void drop_gone();
    void finish_complete();
    [[nodiscard]] bool delivered() const;
    void wait();
    [[nodiscard]] int head() const { return source_.reader ? source_.reader.get() : in_; }

    std::vector<Branch> branches_;
    PipeEnds source_;  ///< behind an input that is not a pipe
    Fd nowhere_;       ///< /dev/null
    Waiting waiting_;
    int in_ = -1;
    bool ended_ = false;        ///< nothing comes from `in_` any more
    bool source_full_ = false;  ///< `source_` took nothing at the last try
    bool finished_ = false;     ///< a branch got everything
};

}  // namespace pipectl::helper
