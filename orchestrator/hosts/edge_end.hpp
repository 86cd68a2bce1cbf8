#pragma once

// One end of an edge between two hosts, made of a socket on which the other end was found.

#include <cstddef>
#include <string>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/run/other_hosts.hpp"
#include "stages/base/fd.hpp"

namespace pipectl::hosts {

inline constexpr std::size_t kEdgeSecretBytes = 32;

/// `secret`: 32 bytes that both ends have. `run_id`: of the launcher's run, the same at both ends.
/// Throws SystemError.
OtherHosts::End make_edge_end(const Plan& plan, int link, bool writer, Fd socket,
                              const std::string& secret, const std::string& run_id);

}  // namespace pipectl::hosts
