#pragma once

// The tables of the language for people: as Markdown, for the README, and as the manual page
// pipectl.toml(5).

#include <string>
#include <vector>

namespace pipectl {

/// Each with its heading; README.md of this folder holds them all.
std::vector<std::string> language_tables();

std::string language_manual();

}  // namespace pipectl
