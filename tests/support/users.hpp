#pragma once

// For tests of what another user may do.

#include <unistd.h>

#include "tests/support/catch.hpp"

namespace pipectl::test {

/// Not ours.
inline constexpr uid_t kStranger = 65534;

/// False, with a warning that the test is skipped, for whom cannot become another user.
inline bool is_root() {
    if (::geteuid() == 0) return true;
    WARN("SKIPPED: only root can be two users");
    return false;
}

}  // namespace pipectl::test
