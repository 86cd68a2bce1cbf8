#pragma once

// Bytes as hexadecimal digits.

#include <optional>
#include <string>
#include <string_view>

namespace pipectl::hosts {

std::string hex_of(std::string_view bytes);

/// Nothing for what is no such text, or not of so many bytes.
std::optional<std::string> bytes_of(std::string_view hex, std::size_t count);

}  // namespace pipectl::hosts
