#pragma once

// The command line that ps(1) and pgrep(1) show of this process.

#include <string>

namespace pipectl {

/// Tells where the arguments lie: they are the room for a title. To be called once, by main().
void keep_title_room(int argc, char** argv) noexcept;

/// Replaces the arguments by `title`, as much of it as there is room, and the process's name by
/// the title's first 15 bytes; PR_SET_NAME(2const). The arguments are lost.
void set_title(const std::string& title) noexcept;

}  // namespace pipectl
