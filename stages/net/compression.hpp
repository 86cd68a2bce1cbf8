#pragma once

// zstd for one direction of one edge: one context, so that later messages are told by what they
// have in common with earlier ones, flushed after each, so that each can be read as it comes. Level
// 1, which is what keeps up with a network; memory is bounded by its window of 512 KiB.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace pipectl::channel {

class Compressor {
  public:
    /// Throws SystemError.
    Compressor();
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    /// The message, compressed; valid until the next call.
    std::span<const char> add(std::span<const char> message);

    /// No message of `size` bytes becomes longer than this.
    static std::size_t longest(std::size_t size);

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::vector<char> room_;
};

class Decompressor {
  public:
    /// Throws SystemError.
    Decompressor();
    ~Decompressor();
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    /// What add() was given: how many bytes of `room`. Throws SystemError with EBADMSG for what is
    /// no message, or does not fit.
    std::size_t add(std::span<const char> compressed, std::span<char> room);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pipectl::channel
