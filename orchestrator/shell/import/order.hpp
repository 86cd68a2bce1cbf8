#pragma once

// Which pipelines of a text can only run one after the other. Internal to this folder.
//
// The stages of a definition run at the same time. So a text of several pipelines is taken only
// where that is certainly the same: each program is known for what it does with files
// (programs.hpp), and no file that one of them writes may be one that another one uses.

#include <vector>

#include "orchestrator/shell/import/facts.hpp"
#include "orchestrator/shell/translate/refusal.hpp"

namespace pipectl::shell {

/// Adds a refusal for each pipeline that has to wait for one above it.
void check_order(const Facts& facts, std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
