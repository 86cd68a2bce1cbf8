#pragma once

// A stretch of a byte stream: its newest part in memory, what does not fit there in a file without
// a name, what nobody needs any more nowhere.
//
// Offsets count from the beginning of the stream; the file uses the same ones, with holes where
// parts were given back, so that disk use is bounded by what is still needed.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "stages/base/fd.hpp"

namespace pipectl::helper {

class Log {
  public:
    Log(std::uint64_t memory, std::uint64_t disk);

    [[nodiscard]] std::uint64_t end() const { return end_; }

    /// Free space to read into; empty when memory is full and must be spilled first.
    std::span<char> space();
    void commit(std::size_t bytes) { end_ += bytes; }

    /// Moves the oldest block of memory to disk. Throws SystemError when the disk, or what may be
    /// used of it, is full.
    void spill();

    /// The bytes from `offset` on: some of them, at least one. `offset` is in [released, end).
    /// Valid until the next call of any other function. Throws SystemError.
    std::span<const char> at(std::uint64_t offset);

    /// Nobody needs what is before `offset`.
    void release(std::uint64_t offset);

  private:
    using Block = std::unique_ptr<char[]>;

    [[nodiscard]] std::uint64_t memory_end() const;
    std::span<const char> from_disk(std::uint64_t offset);

    std::size_t most_blocks_;
    std::uint64_t most_disk_;
    std::deque<Block> blocks_;        ///< of memory, oldest first
    std::uint64_t memory_begin_ = 0;  ///< what is before is on disk
    std::uint64_t end_ = 0;
    std::uint64_t released_ = 0;
    std::uint64_t disk_begin_ = 0;  ///< what is before was given back to the file system
    Block spare_;                   ///< the block that was freed last
    Fd file_;
    std::string name_;  ///< of the folder, for messages
    Block window_;      ///< a block read back from disk
    std::uint64_t window_begin_ = 0;
    std::size_t window_size_ = 0;
};

}  // namespace pipectl::helper
