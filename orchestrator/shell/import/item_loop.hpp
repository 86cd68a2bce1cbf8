#pragma once

// A text that is a loop over files or words, `for f in *.log; do ..; done`, as a [for-each].
// Internal to this folder.
//
// The text becomes one without the loop, in which the variable has a value that nobody writes by
// chance; in the definition made of it the variable's parameter becomes the item.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

struct ItemLoop {
    std::string text;      ///< without the loop
    std::string variable;  ///< of the loop
    Each each;
};

/// Nothing when the text is another one: the loop stands behind settings and `mkdir`, and nothing
/// is behind it.
std::optional<ItemLoop> item_loop(std::string_view text, const std::vector<Statement>& all);

/// Makes a definition of the text without the loop one of its items, one after the other. False:
/// that would not be the same.
bool put_items(const ItemLoop& loop, bool errexit, Definition& definition);

}  // namespace pipectl::shell
