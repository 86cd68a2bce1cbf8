#pragma once

// The figures of a run's page, each finished markup with its caption; one file each.

#include <string>

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

/// Everything that is known of each process.
std::string stage_table(const Summary& summary, const Detail& detail);

}  // namespace pipectl
