#pragma once

// A FIFO at a place that the user has chosen (`path`) is to be seen there until the run ends, so it
// is written down for whoever is left to remove it (PrivateFolder::will_create), under a name that
// is made and understood here alone.

#include <string>
#include <string_view>

namespace pipectl::channel {

/// "fifo:/home/user/edge"; a relative path from where this process is.
std::string fifo_name(const std::string& path);

/// Whether fifo_name() could have made this.
bool is_fifo_name(std::string_view name) noexcept;

/// Whether the text is such a name and a FIFO of this user's is there.
bool is_own_fifo(std::string_view name) noexcept;

/// Removes it then. False when it is no such name.
bool remove_fifo(std::string_view name) noexcept;

}  // namespace pipectl::channel
