#pragma once

// The functions that a text defines. Internal to this folder.

#include <string_view>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

/// Adds the function, and a refusal when it would mean something else at another place of the text.
/// `before`: the pipelines above it.
void add_function(std::string_view text, const Statement& statement,
                  const std::vector<Range>& before, std::vector<Function>& functions,
                  std::vector<Refusal>& refusals);

}  // namespace pipectl::shell
