#pragma once

// The items of a [for-each], for people.

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// "file=in/a.log level=9"
std::string item_label(const ItemSummary& item);

struct ItemCounts {
    std::size_t all = 0, ok = 0, failed = 0, cancelled = 0, running = 0, not_started = 0;
    [[nodiscard]] std::size_t over() const { return ok + failed + cancelled; }
};
ItemCounts count_items(const Summary& summary);

/// "3 of 10 items, 1 failed, 2 running"
std::string items_so_far(const ItemCounts& counts);

/// How far all has come, for people who watch it; `wall_s` of the summary is now. The first line is
/// the whole, then one for each item that runs.
std::vector<std::string> items_block(const Summary& summary, std::size_t columns, std::size_t rows);
/// The first of these lines.
std::string items_title(const Summary& summary);

/// One line: how many there were, and how they ended.
std::string render_items_line(const Summary& summary);

/// A row for each item.
std::string render_items_table(const Summary& summary, bool colour);

}  // namespace pipectl
