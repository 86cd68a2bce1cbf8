#pragma once

// How a helper that stands in for a stage's program ends: as that program did.

namespace pipectl::helper {

/// Dies of a signal of which the program has died; a core is the program's alone to leave.
[[noreturn]] void die_of(int signal);

/// The signal is ignored.
bool is_ignored(int signal);

}  // namespace pipectl::helper
