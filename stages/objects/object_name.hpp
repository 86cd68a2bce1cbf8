#pragma once

// Names of kernel objects and files that a run makes: made and recognised here and nowhere else, so
// that whoever cleans up can trust them. "pipectl." and 32 hexadecimal digits that nobody can
// guess.

#include <string>
#include <string_view>

namespace pipectl::channel {

/// A new name, without a folder. Throws SystemError when the kernel has no random bytes to give.
std::string make_object_name();

/// Whether make_object_name could have made this.
bool is_object_name(std::string_view name);

}  // namespace pipectl::channel
