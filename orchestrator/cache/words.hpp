#pragma once

// The names of files that may stand in a word of a command: of all that is no name, nothing comes
// but a look that finds nothing.

#include <set>
#include <string>
#include <vector>

namespace pipectl {

/// The word itself, and its parts: behind '=', '-x', '@', between blanks, colons, commas, quotes
/// and what a shell cuts words at. Each once.
std::vector<std::string> names_in(const std::string& word);

/// The same of a shell's text, without what it writes to (`>> log`, `touch done`) and words that
/// are but said (`echo a b`).
std::vector<std::string> names_read_in(const std::string& script);

/// Variables that a shell's text names as places to write to (`> "$log"`), and nowhere else.
std::set<std::string> variables_written_in(const std::string& script);

/// What a pattern of the shell matches below `folder` (empty: here), as paths; nothing when `name`
/// is none.
std::vector<std::string> matches_of(const std::string& name, const std::string& folder);

}  // namespace pipectl
