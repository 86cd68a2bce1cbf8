#pragma once

// The functions that a text defines. Internal to this folder.

#include <string_view>
#include <vector>

#include "orchestrator/shell/import/settings.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// Adds the function, and a problem when it would mean something else at another place of the text.
/// `before`: the pipelines above it.
void add_function(std::string_view text, const Statement& statement,
                  const std::vector<Range>& before, Settings& settings);

}  // namespace pipectl::shell
