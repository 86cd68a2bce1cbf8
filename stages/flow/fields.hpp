#pragma once

// Fields of lines, as awk(1) and sort -b see them: separated by runs of blanks and tabs.

#include <cstdint>
#include <string_view>

namespace pipectl::helper {

/// The field, counted from 1, of a line without its newline; 0: the whole line. Empty when it has
/// fewer.
std::string_view field_of(std::string_view line, std::uint64_t field);

}  // namespace pipectl::helper
