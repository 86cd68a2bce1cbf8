#pragma once

// The bytes of a recording; README.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pipectl::recording {

inline constexpr std::string_view kBeginning = "pipectl-record1\n";
inline constexpr std::size_t kMarkSize = 16;
inline constexpr std::size_t kHeaderSize = 48;
/// Of what a block holds, in bytes.
inline constexpr std::size_t kLongestContent = std::size_t{16} << 20;

using Mark = std::array<char, kMarkSize>;

enum class Sort : std::uint32_t { head = 1, data, ended, left, cancelled, finish };

struct Header {
    Sort sort = Sort::data;
    std::uint32_t edge = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

using HeaderBytes = std::array<char, kHeaderSize>;

/// The header of a block with this content.
HeaderBytes encode(const Mark& mark, const Header& header, std::string_view content);

/// What a header says, whatever its mark and check are.
Header decode(const char* bytes);

/// Whether header and content are what was written.
bool is_intact(const char* header, std::string_view content);

}  // namespace pipectl::recording
