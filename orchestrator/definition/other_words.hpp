#pragma once

// Other programs' words for ours.

#include <string_view>

namespace pipectl {

/// A key that other tools know, and what a definition has for it.
struct OtherWord {
    std::string_view where;  ///< as in the message: "a stage", "a parameter", "'stdout'"
    std::string_view key;
    std::string_view hint;
    std::string_view ours{};      ///< the key that takes the same value; or empty
    std::string_view for_list{};  ///< the one for an array, when that is another
};

/// Null when nothing is known of the key.
const OtherWord* other_word(std::string_view key, std::string_view where);

}  // namespace pipectl
