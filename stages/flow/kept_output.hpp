#pragma once

// What several writers have written and nobody may read yet: in memory up to a bound that they
// share, then in a file without a name.
//
// Pieces of a fixed size, so that a place in the file is used again once its piece was read.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl::helper {

class KeptOutput {
  public:
    /// The bytes of one writer, in their order.
    struct Queue {
        struct Piece {
            std::string bytes;       ///< empty while it is on disk
            std::size_t size = 0;    ///< on disk
            std::int64_t slot = -1;  ///< -1: in memory
        };
        std::deque<Piece> pieces;
        std::size_t taken = 0;  ///< of the first piece

        [[nodiscard]] bool empty() const { return pieces.empty(); }
    };

    /// Bytes of memory for all queues together; one incomplete piece of each comes on top.
    explicit KeptOutput(std::size_t memory) : memory_(memory) {}

    /// Throws SystemError when the disk is full.
    void add(Queue& queue, std::string_view bytes);
    /// Nothing more is added to this one. Throws SystemError.
    void close(Queue& queue);
    /// The first bytes, read back from disk when they are there. Throws SystemError.
    [[nodiscard]] std::string_view front(Queue& queue);
    void consume(Queue& queue, std::size_t bytes);

    /// Memory has no room for more, or did not have it for what is on disk.
    [[nodiscard]] bool full() const {
        return memory_is_full() || slots_ > static_cast<std::int64_t>(free_.size());
    }

  private:
    [[nodiscard]] bool memory_is_full() const { return used_ >= memory_; }
    void spill(Queue::Piece& piece);
    void load(Queue::Piece& piece);

    std::size_t memory_;
    std::size_t used_ = 0;
    Fd file_;
    std::int64_t slots_ = 0;
    std::vector<std::int64_t> free_;
};

}  // namespace pipectl::helper
