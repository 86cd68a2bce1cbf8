#pragma once

// A folder in which this user keeps what is nobody else's business: ~/.local/state/pipectl.

#include <fcntl.h>

#include <string>

#include "stages/base/fd.hpp"

namespace pipectl {

/// Flags of open(2) for a folder that paths start from.
inline constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;

/// Opens the folder at an absolute path (O_PATH), and makes it (0700) and those above it where they
/// are missing and the folder that they come into is ours. Nothing when it is another user's or a
/// link of another user's leads there: root, with somebody else's HOME, must leave nothing in it.
Fd open_own_folder(const std::string& path);

/// Where this user's files of a sort are: what the variable says, or a folder in HOME
/// (".local/state"), and "pipectl" below it. Empty: neither is an absolute path, or HOME is not
/// there; who has no home (that of nobody is /nonexistent) is not given one.
std::string user_folder(const char* variable, const char* in_home);

}  // namespace pipectl
