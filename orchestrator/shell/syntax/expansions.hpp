#pragma once

// Which variables a text expands: by its words, so that awk's '$1' and an escaped "\$x" are none.
//
// What the parser keeps as it is (`..`, arithmetic, [[ .. ]], the lines of here documents) is
// searched as text, which may find too much and never too little.

#include <set>
#include <string>
#include <string_view>

namespace pipectl::shell {

/// The names, and the special ones by their sign: "HOME", "?", "1". All that could be one when the
/// text is not understood.
std::set<std::string> expanded_names(std::string_view text);

/// True when the text's meaning depends on which process of the shell runs it: $$, $LINENO, ...
bool depends_on_shell(std::string_view text);

/// True when the text asks how commands before it ended: $?, $!, PIPESTATUS.
bool asks_for_status(std::string_view text);

/// True when the text looks for files beside itself: dirname "$0", ${BASH_SOURCE%/*}.
bool looks_beside_itself(std::string_view text);

}  // namespace pipectl::shell
