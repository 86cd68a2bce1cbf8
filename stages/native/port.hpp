#pragma once

// Which descriptor a port's name stands for, and whether a ticket waits there.
//
// Whoever starts a native stage says in PIPECTL_TICKETS ("0 4") at which descriptors; all others,
// and everything when the stage is started by hand, are plain files, pipes or terminals.

#include <string_view>

namespace pipectl::native {

struct Port {
    int number;
    bool has_ticket;
};

/// Throws std::system_error with ENOENT.
Port find_input(std::string_view name);
Port find_output(std::string_view name);

}  // namespace pipectl::native
