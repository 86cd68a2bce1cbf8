#pragma once

// A shared region that is a file has a name until the run ends, so it is written down for whoever
// is left to remove it (PrivateFolder::will_create), under a name that is made and understood here
// alone.

#include <string>
#include <string_view>

namespace pipectl::channel {

/// "region:/dev/shm/pipectl.0123.."; the path's last part is of make_object_name().
std::string region_name(const std::string& path);

/// Whether region_name() could have made this.
bool is_region_name(std::string_view name) noexcept;

/// Whether the text is such a name and a file of this user's is there.
bool is_own_region(std::string_view name) noexcept;

/// Removes it then. False when it is no such name.
bool remove_region(std::string_view name) noexcept;

}  // namespace pipectl::channel
