#pragma once

// Writes a channel into the text of a definition, as a careful person would: one value or one line
// is changed, comments and layout stay.
//
// Edits text, knows no TOML beyond strings, brackets, comments and headers. So the caller parses
// the result and holds its plan against the one that was meant.

#include <string>
#include <string_view>
#include <variant>

#include "orchestrator/definition/definition.hpp"

namespace pipectl::compare {

/// The new text, or why it cannot be edited by us.
using Edited = std::variant<std::string, Diagnostic>;

/// Sets `via` of a stage, or when `stage` is empty that of the pipeline and of all stages that have
/// one. `value` is TOML: `"unix"`. `text` is what `definition` was parsed from.
Edited set_channel(std::string_view text, const Definition& definition, const std::string& stage,
                   const std::string& value);

}  // namespace pipectl::compare
