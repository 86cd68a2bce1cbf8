#pragma once

// A user's name for people.

#include <sys/types.h>

#include <string>

namespace pipectl {

/// From /etc/passwd; the number where it has none.
std::string user_name(uid_t uid);

}  // namespace pipectl
