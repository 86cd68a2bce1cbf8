#pragma once

// How many columns of a terminal a text takes: two for wide characters, none for marks that combine
// with the character before them. For texts that have been made safe for a terminal (printable()).

#include <cstddef>
#include <string>
#include <string_view>

namespace pipectl {

std::size_t width_of(char32_t code_point);
std::size_t width_of(std::string_view text);

/// The longest beginning of a text that is not wider than `columns`.
std::string cut_to_width(std::string_view text, std::size_t columns);

/// A text as one line (one_line()) of at most `columns`: of a longer one the beginning, with `mark`
/// at its end.
std::string shortened(std::string_view text, std::size_t columns, std::string_view mark = "…");

/// A text of at least `columns`, with blanks behind it.
std::string padded(std::string text, std::size_t columns);

/// The same with two blanks more, for another cell behind it.
inline std::string cell(std::string_view text, std::size_t columns) {
    return padded(std::string(text), columns) + "  ";
}

/// padded() with the blanks before it.
std::string padded_left(std::string text, std::size_t columns);

}  // namespace pipectl
