#pragma once

// The figures of a run's page, each finished markup with its caption; one file each.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/pages/detail.hpp"
#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// Stages and edges from left to right, wrapped into bands: an edge is as wide as its bytes are
/// many and has the colour of what was waited for.
std::string graph_figure(const Summary& summary, const Detail& detail);

/// A row for each process over the time of the run: start, first byte, what it did, end.
std::string timeline_figure(const Summary& summary, const Detail& detail);

/// A table with a stacked bar for each stage: where its time went.
std::string time_table(const Summary& summary, const Detail& detail);

/// A table with throughput and fill level of each edge.
std::string edge_table(const Summary& summary, const Detail& detail);

/// Items of a [for-each] of whose stages there is something to show, by their index.
using ItemRuns = std::vector<std::pair<std::size_t, Summary>>;

/// A table of the items, and below it what is known of the stages of some.
std::string items_figure(const Summary& summary, const ItemRuns& runs, const Detail& detail);

/// Everything that is known of each process.
std::string stage_table(const Summary& summary, const Detail& detail);

}  // namespace pipectl
