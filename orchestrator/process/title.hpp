#pragma once

// The command line that ps(1) and pgrep(1) show of this process.

#include <string>
#include <vector>

namespace pipectl {

/// Tells where the arguments lie: they are the room for a title. To be called once, by main().
void keep_title_room(int argc, char** argv) noexcept;

/// Shows these words as the arguments behind the program's name, as much of them as there is room.
/// Until then other users may have seen the true ones; execve(2) shows them at once.
void set_shown_arguments(const std::vector<std::string>& words) noexcept;

/// Replaces the arguments by `title`, as much of it as there is room, and the process's name by
/// the title's first 15 bytes; PR_SET_NAME(2const). The arguments are lost.
void set_title(const std::string& title) noexcept;

}  // namespace pipectl
