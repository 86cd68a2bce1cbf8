#pragma once

// What a run that took long is told of its past when it has ended.

#include <string>

namespace pipectl {

/// A line on stderr when the run was much slower than it usually is. Nothing otherwise, also when
/// the history cannot be used.
void tell_when_slow(const std::string& run) noexcept;

}  // namespace pipectl
