#pragma once

// What differs between two texts, by lines.

#include <string>

namespace pipectl {

/// Lines of `expected` alone behind "- ", of `came` alone behind "+ ", what both have behind "  "
/// and only next to these; each behind `indent`. Long texts are cut, and a last line without its
/// newline is told.
std::string diff_of(const std::string& expected, const std::string& came,
                    const std::string& indent);

}  // namespace pipectl
