#pragma once

// What stands behind a stage that the shell itself runs: see shell/cover.

#include <string>

namespace pipectl {

/// Copies stdin to stdout but for what stands at its end: `mark` and a status, which it ends with.
/// A stage that was killed leaves none; that is status 1.
int relay_status(const std::string& mark);

}  // namespace pipectl
