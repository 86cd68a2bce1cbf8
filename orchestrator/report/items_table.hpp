#pragma once

// The items of a [for-each], for people.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// "file=in/a.log level=9"
std::string item_label(const ItemSummary& item);

/// One line: how many there were, and how they ended.
std::string render_items_line(const Summary& summary);

/// A row for each item.
std::string render_items_table(const Summary& summary, bool colour);

}  // namespace pipectl
