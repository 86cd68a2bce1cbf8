#pragma once

// Programs that change something wherever they are run, or with certain arguments.

#include <string>
#include <vector>

namespace pipectl::compare {

/// Why running a command again may change something: "runs 'rm'"; empty: it is not known to. Looks
/// through programs that run others (env, nice, xargs, find -exec, sh -c).
std::string risk_of(const std::vector<std::string>& argv);

}  // namespace pipectl::compare
