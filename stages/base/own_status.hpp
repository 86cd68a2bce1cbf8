#pragma once

// The exit statuses that are pipectl's own words, not those of a stage: as timeout(1), env(1) and
// the shells have them.

namespace pipectl {

inline constexpr int kTimeoutStatus = 124;
inline constexpr int kOwnErrorStatus = 125;  ///< wrong usage, or anything else of our own
inline constexpr int kNotExecutableStatus = 126;
inline constexpr int kNotFoundStatus = 127;

}  // namespace pipectl
