#pragma once

// A copy of this build on a host that ssh leads to, where it has none, or another one.

#include <string>

#include "orchestrator/hosts/engine.hpp"
#include "orchestrator/plan/host.hpp"

namespace pipectl::hosts {

/// Puts the programs of this build into ~/.cache/pipectl/BUILD there, if they are not there yet,
/// and returns the path of pipectl, from the home folder. Waits for that. Throws SystemError.
std::string push_build(const Host& host, const Surroundings& around);

}  // namespace pipectl::hosts
