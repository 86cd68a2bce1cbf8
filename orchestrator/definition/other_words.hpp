#pragma once

// Other programs' words for ours.

#include <string>
#include <string_view>

namespace pipectl {

/// What a definition has for a key that other tools know, or empty. `where`: as in the message,
/// "a stage", "a parameter", "'stdout'".
std::string other_word(std::string_view key, std::string_view where);

}  // namespace pipectl
