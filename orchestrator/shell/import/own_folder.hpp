#pragma once

// `cd` in front of everything: the script works where it stands, or in a folder that it names.
// Internal to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

struct FolderChange {
    Range range;                          ///< the statement, `|| exit` included
    std::optional<std::string> folder{};  ///< nothing: the script's own
};

/// Nothing but settings stands before it.
std::optional<FolderChange> folder_change(std::string_view text, const std::vector<Statement>& all);

/// Lets the stages of a definition, which was made without the `cd`, work there. False: some file's
/// path may be one or the other.
bool move_into(const FolderChange& change, Definition& definition);

}  // namespace pipectl::shell
