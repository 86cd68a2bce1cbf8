#pragma once

// The length and XXH3 digest of a stream of bytes, made while it passes.

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pipectl {

class Digest {
  public:
    Digest();
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;

    void add(const char* data, std::size_t size) noexcept;

    /// Bytes so far.
    [[nodiscard]] std::uint64_t length() const noexcept { return length_; }
    /// XXH3 with 64 bits of the bytes so far.
    [[nodiscard]] std::uint64_t value() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::uint64_t length_ = 0;
};

}  // namespace pipectl
