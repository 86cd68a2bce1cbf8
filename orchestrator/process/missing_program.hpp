#pragma once

// What somebody may have meant who named a program that is not there.

#include <string>
#include <vector>

namespace pipectl {

/// In the words of a definition, for a hint: "one text for each word: run = [..]", "the folder of a
/// stage: cwd = \"/tmp\"". Empty when the name says nothing.
std::string hint_for_missing(const std::vector<std::string>& argv);

}  // namespace pipectl
