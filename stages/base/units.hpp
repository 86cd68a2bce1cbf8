#pragma once

// Sizes and durations as people write them: "64k", "1.5GiB", "500ms", "10m".
//
// What could be meant in two ways is refused with the reason, never guessed.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace pipectl {

/// A parsed value, or the reason why the text is none.
template <class T>
struct Parsed {
    std::variant<T, std::string> result;

    [[nodiscard]] bool ok() const { return result.index() == 0; }
    [[nodiscard]] const T& value() const { return std::get<0>(result); }
    [[nodiscard]] const std::string& error() const { return std::get<1>(result); }
};

/// "4096", "64k", "64K", "64KiB", "1.5GiB", "10MB". A lone letter and the "iB" forms are powers of
/// 1024, the "B" forms (kB, MB, GB) powers of 1000. Bytes; a fraction of a byte is refused.
Parsed<std::uint64_t> parse_size(std::string_view text);

/// No deadline is further away.
inline constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(24 * 36'500);

/// "250ms", "5s", "1.5m", "2h", "1h30m", "1d". A number without a unit is refused, except "0".
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest form that reads back to the same value: "64KiB", "1500".
std::string format_size(std::uint64_t bytes);

/// For people: "12 ms", "3.4 s", "2 m 05 s".
std::string format_duration(double seconds);

/// As a definition writes it, read back by parse_duration to the same value: "250ms", "10m".
std::string duration_literal(std::chrono::milliseconds duration);

}  // namespace pipectl
