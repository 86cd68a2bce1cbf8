#pragma once

// The table of channel kinds and this machine's limits, as text or as JSON.

#include <string>
#include <vector>

#include "orchestrator/process/machine_limits.hpp"

namespace pipectl {

std::string render_channels_text(const std::vector<MachineLimit>& limits);
std::string render_channels_json(const std::vector<MachineLimit>& limits);

}  // namespace pipectl
