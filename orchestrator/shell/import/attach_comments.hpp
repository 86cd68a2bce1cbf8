#pragma once

// A text's comments to the stages that they are about. Internal to this folder.

#include <cstddef>
#include <string_view>

#include "orchestrator/shell/import/import_text.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/graph.hpp"

namespace pipectl::shell {

/// `first`: where the text's first statement begins; lines above it are the header's. A comment
/// behind a command is about that one, one on a line of its own about the next.
void attach_comments(std::string_view text, const Script& script, const Graph& graph,
                     std::size_t first, Imported& imported);

}  // namespace pipectl::shell
