#pragma once

// Whether a script of awk or sed does nothing but read its input and write its stdout.
//
// Both are looked at without running them. What is not understood counts as one that does more.

#include <string_view>

namespace pipectl::shell {

/// No print into a file or a command, no system(), no getline from elsewhere.
bool awk_only_filters(std::string_view script);

/// No `w`, `W`, `e`, `r`, `R`, and none of them behind `s`.
bool sed_only_filters(std::string_view script);

}  // namespace pipectl::shell
