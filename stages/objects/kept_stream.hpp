#pragma once

// A stream of bytes that a run keeps for later ones: a file of its length and digest, and then the
// bytes. Who records it knows how many they are only at the end, so the head is written last: a
// file without one is nothing.
//
// The name of the file, in the folder of the cache, is the key under which it is kept; the head
// says it too, so that no file is taken for another.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pipectl::channel {

/// Where the bytes begin. A whole page, so that they can be moved without being copied; splice(2).
inline constexpr std::int64_t kStreamStart = 4096;

struct StreamHead {
    std::uint64_t length = 0;  ///< bytes
    std::uint64_t digest = 0;  ///< XXH3, 64 bits
    /// Why it is not whole: EFBIG for more than was wanted, else the error of its disk; 0: it is.
    std::int32_t error = 0;
    std::string key;  ///< empty until it is kept
    /// What the key was made of, a digest of each: so that a later run can say what has changed.
    /// What is too much is left out.
    std::vector<std::uint64_t> parts;
    std::string about;  ///< for people: pipeline and stage; what is too long is cut off
};

/// False: it cannot be written; errno says why.
bool write_head(int file, const StreamHead& head);
/// Nothing when it has no head of this version, or is not as long as that says.
std::optional<StreamHead> read_head(int file);

}  // namespace pipectl::channel
