#pragma once

#include <string_view>

/// Whether a text has a part, for CHECKs of long texts.
inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}
