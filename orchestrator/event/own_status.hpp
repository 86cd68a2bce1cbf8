#pragma once

// The exit statuses of a run that are pipectl's own words, not those of a stage.

namespace pipectl {

inline constexpr int kTimeoutStatus = 124;
inline constexpr int kOwnErrorStatus = 125;

}  // namespace pipectl
