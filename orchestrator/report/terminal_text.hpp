#pragma once

// The bytes by which a run shows on a terminal how far it has come. Pure: text in, bytes out; who
// writes them, and when, is not decided here.
//
// A block of lines stands below the cursor, which stays where it was: what is on the cursor's row
// and above is never touched. A title and a progress mark move no cursor and take no row.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// What a terminal understands, by its name.
struct TerminalSkills {
    bool moves = false;  ///< its cursor: xterm's and ECMA-48's sequences
    bool title = false;  ///< the title of its window, and to keep the one before
    bool mark = false;   ///< shows a progress mark (OSC 9;4), or swallows it without a trace
};

/// `name` and `program`: TERM and TERM_PROGRAM, or empty.
TerminalSkills skills_of(std::string_view name, std::string_view program);

/// Draws the block anew, in place of the one that is there (`again`) or where none is. One text, so
/// that nothing of another process comes in between.
std::string draw_block(const std::vector<std::string>& lines, bool again);

/// Takes it away. The same in the hands of whoever finds the cursor somewhere above it.
std::string erase_block();

/// Shows a title (safe for a terminal) and, where `mark` says so, how much is done. Not `again`:
/// the title that is there is kept by the terminal.
std::string set_title(const std::string& title, std::optional<int> percent, bool mark, bool again);

/// Puts the title back that was there, or none, and takes the mark away.
std::string restore_title(bool mark);

}  // namespace pipectl
