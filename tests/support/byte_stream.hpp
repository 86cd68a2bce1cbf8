#pragma once

// Bytes that look random and are the same in every process, so that what arrives can be checked
// where it arrives: any byte that is lost, doubled or moved is found.

#include <cstddef>
#include <cstdint>
#include <string>

namespace pipectl::test {

class ByteStream {
  public:
    explicit ByteStream(std::uint64_t seed = 1) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

    /// The next bytes of the stream.
    std::string next(std::size_t size);

  private:
    std::uint64_t state_;
    std::uint64_t word_ = 0;
    std::size_t left_ = 0;  ///< of the word's bytes
};

/// Writes `size` bytes of the stream to `fd` in writes of `piece` bytes. Returns 0 or the errno.
int write_stream(int fd, std::size_t size, std::size_t piece, std::uint64_t seed = 1);

/// Reads to the end of data. The number of bytes that were as they should, or -1 - place of the
/// first one that was not.
std::int64_t check_stream(int fd, std::uint64_t seed = 1);

}  // namespace pipectl::test
