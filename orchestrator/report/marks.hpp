#pragma once

// How a number of bytes says what it is worth.

#include <string>

#include "orchestrator/event/event.hpp"

namespace pipectl {

/// "3.4 MiB" that was counted, "~3.4 MiB" of the kernel's sums, "<= 3.4 MiB" of what it can be at
/// most.
std::string marked(const std::string& number, Exactness exactness);

/// Bytes that were seen while a run went on: they are the kernel's sums.
std::string format_seen(long bytes);

}  // namespace pipectl
