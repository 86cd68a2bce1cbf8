#pragma once

// Test data that can be made and checked at any length without being kept: a byte pattern that is a
// function of the position, and a checksum. Shared by `misbehave write`, `misbehave sum` and tests.

#include <cstddef>
#include <cstdint>
#include <string>

namespace pipectl::test {

/// The byte at `position`: no period below 2^32, every value occurs, newlines too.
inline char pattern_byte(std::uint64_t position) {
    std::uint64_t mixed = (position + 1) * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 29;
    return static_cast<char>((mixed * 0xBF58476D1CE4E5B9ULL) >> 56);
}

/// `count` bytes of the pattern from `position` on.
inline std::string pattern(std::uint64_t position, std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = pattern_byte(position + i);
    }
    return bytes;
}

/// Bytes counted, and an order-sensitive checksum of them (FNV-1a).
struct Sum {
    std::uint64_t count = 0;
    std::uint64_t hash = 0xCBF29CE484222325ULL;

    void add(const char* bytes, std::size_t length) {
        for (std::size_t i = 0; i < length; ++i) {
            hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001B3ULL;
        }
        count += length;
    }

    bool operator==(const Sum&) const = default;
};

/// The sum of the pattern's first `count` bytes.
inline Sum pattern_sum(std::uint64_t count) {
    Sum sum;
    for (std::uint64_t i = 0; i < count; ++i) {
        const char byte = pattern_byte(i);
        sum.add(&byte, 1);
    }
    return sum;
}

/// As `misbehave sum` prints it: "COUNT HASH" and a newline.
inline std::string to_line(const Sum& sum) {
    static const char digits[] = "0123456789abcdef";
    std::string line = std::to_string(sum.count) + " ";
    for (int shift = 60; shift >= 0; shift -= 4) {
        line += digits[(sum.hash >> shift) & 15];
    }
    return line + "\n";
}

}  // namespace pipectl::test
