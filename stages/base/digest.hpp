#pragma once

// The length and XXH3 digest of a stream of bytes, made while it passes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

/// One name for any number of texts: XXH3 with 128 bits. Each text is taken with its length, so
/// that no two lists of texts are the same bytes.
class Fingerprint {
  public:
    Fingerprint();
    ~Fingerprint();
    Fingerprint(Fingerprint&&) noexcept;
    Fingerprint& operator=(Fingerprint&&) noexcept;

    Fingerprint& add(std::string_view text) noexcept;
    Fingerprint& add(std::uint64_t number) noexcept;
    /// Bytes as they are; who adds the pieces of a stream adds its length behind them.
    void add_piece(const char* data, std::size_t size) noexcept;

    /// 32 hexadecimal digits.
    [[nodiscard]] std::string text() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pipectl
