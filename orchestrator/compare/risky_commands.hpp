#pragma once

// Programs that change something wherever they are run, or with certain arguments.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl::compare {

/// What a risk begins with that is nothing but a file which the command writes.
inline constexpr std::string_view kWritesFile = "writes ";

/// Why running a command again may change something: "runs 'rm'"; empty: it is not known to. Looks
/// through programs that run others (env, nice, xargs, find -exec, sh -c).
std::string risk_of(const std::vector<std::string>& argv);

}  // namespace pipectl::compare
