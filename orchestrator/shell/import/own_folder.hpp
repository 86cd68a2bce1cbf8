#pragma once

// `cd "$(dirname "$0")"` in front of everything: the script works where it stands. Internal to this
// folder.

#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// The statement that does it, `|| exit` included, when nothing but settings stands before it.
std::optional<Range> own_folder_change(std::string_view text, const std::vector<Statement>& all);

}  // namespace pipectl::shell
