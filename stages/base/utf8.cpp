#include "stages/base/utf8.hpp"

namespace pipectl {

CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const char32_t first = byte(0);
    if (first < 0x80) {
        return {first, 1, true};
    }
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    const CodePoint bad{first, 1, false};
    if (first < 0xC2 || first > 0xF4 || text.size() < size) {
        return bad;
    }
    char32_t value = first & (0xFFU >> (size + 1));
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(index) & 0xC0U) != 0x80) {
            return bad;
        }
        value = value << 6 | (byte(index) & 0x3FU);
    }
    const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) {
        return bad;
    }
    return {value, size, true};
}

bool steers_terminal(char32_t code_point) {
    const auto between = [&](char32_t low, char32_t high) {
        return code_point >= low && code_point <= high;
    };
    return code_point < 0x20 || between(0x7F, 0x9F) || between(0x200E, 0x200F) ||
           between(0x2028, 0x202E) || between(0x2066, 0x2069) || code_point == 0x061C;
}

}  // namespace pipectl
