#pragma once

// The values of assignments, and names that are not like others. Internal to this folder.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/shell/import/settings.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

using Pieces = std::vector<Piece>;

/// What stands behind NAME=, whose name has this length.
Pieces value_pieces(const Word& word, std::size_t name);

/// The default of ${name:-..} as the pieces of a word; nothing when it is not plain.
std::optional<Pieces> default_pieces(const Piece& piece, std::string_view raw);

/// What an assignment gives a variable.
struct Value {
    Template text;
    std::optional<std::string> fixed;  ///< unless a parameter is set from outside
    bool one_word = true;
    bool refers = false;  ///< to a parameter or the environment
};

/// Nothing when only the shell can tell. `so_far`: what stands above it.
std::optional<Value> value_of(const Pieces& pieces, const Settings& so_far);

/// Null when no variable has that name.
const Variable* find_variable(const Settings& settings, const std::string& name);

/// What is known of a text, as path_pattern.hpp has it.
std::string template_pattern(const Template& text, const PathNames& names);

}  // namespace pipectl::shell
