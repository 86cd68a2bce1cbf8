#pragma once

// Where the tables and keys of a TOML text stand, in bytes, so that one value can be replaced.
//
// For texts that a parser has taken already: it finds headers, keys, and where their values end;
// strings in all four forms, brackets and comments are passed over.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl::compare {

struct TomlKey {
    std::string name;       ///< as written; bare keys have no quotes
    std::size_t begin = 0;  ///< of the line's first byte that is no blank
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
    std::size_t line_end = 0;  ///< behind the newline of the line that the value ends on
};

struct TomlTable {
    std::string header;     ///< "[pipeline]", "[[stage]]" without blanks; empty: before the first
    std::size_t begin = 0;  ///< of the header's line
    std::size_t body = 0;   ///< behind the header's line
    int line = 0;           ///< of the header, from 1; 0: before the first
    std::vector<TomlKey> keys;
};

/// All tables in their order; the first one is what stands before any header.
std::vector<TomlTable> lay_out_toml(std::string_view text);

}  // namespace pipectl::compare
