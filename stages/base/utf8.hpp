#pragma once

// UTF-8, one code point at a time, for texts that may hold anything.
//
// Used where text is shown to people: what is not UTF-8, and what would steer a terminal, is told
// apart here and made visible by the callers.

#include <cstddef>
#include <string_view>

namespace pipectl {

struct CodePoint {
    char32_t value = 0;    ///< the code point, or the byte itself when it is not valid
    std::size_t size = 1;  ///< bytes; 1 when it is not valid
    bool valid = false;    ///< false: a byte that starts no well-formed sequence
};

/// The first code point of a text that is not empty. Overlong forms, surrogates and values above
/// U+10FFFF are not valid.
CodePoint first_code_point(std::string_view text);

/// True for what must not reach a terminal as it is: C0 and C1 controls, DEL, line separators and
/// the marks that reorder text.
bool steers_terminal(char32_t code_point);

}  // namespace pipectl
