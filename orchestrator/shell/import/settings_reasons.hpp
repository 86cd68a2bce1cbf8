#pragma once

// The words for what a definition cannot say of a text's settings. Internal to this folder.

#include <vector>

#include "orchestrator/shell/import/settings.hpp"
#include "orchestrator/shell/translate/refusal.hpp"

namespace pipectl::shell {

std::vector<Refusal> reasons_against(const Settings& settings);

}  // namespace pipectl::shell
