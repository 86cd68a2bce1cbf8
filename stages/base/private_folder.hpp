#pragma once

// Folders that nobody else can look into, for sockets and other names that other users must not
// reach, foresee or take.

#include <string>

namespace pipectl {

/// A folder, no link to one, that belongs to this user and lets nobody else in.
bool is_private_folder(const std::string& path);

/// $XDG_RUNTIME_DIR, when it is such a folder; empty when not. Its name alone is not believed: sudo
/// and su may leave another user's there.
std::string runtime_folder();

/// A private folder of that name at a place that this user has on every machine and after every
/// login: $XDG_RUNTIME_DIR, /run/user/UID, or in the state folder of its home. Made when it is not
/// there. Never in a folder that others write to: who knows the name could be there first. Throws
/// SystemError.
std::string make_private_folder(const std::string& name);

}  // namespace pipectl
