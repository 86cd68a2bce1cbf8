#pragma once

// A run as a trace that chrome://tracing and ui.perfetto.dev load: Chrome's trace event format,
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (JSON object
// form).
//
// A row (thread) for each stage and helper: its life, and in it what it did: busy, waits for input,
// waits for output, and so on. A counter for each edge: bytes that have gone over it, where that is
// known while it goes on, and bytes that wait in it. Counters of processor and memory. What was
// sent to stages, and why the run was cancelled, are instants. Times are microseconds since the run
// began.

#include <string>
#include <vector>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// `moments` are in order; what is seen at one lasts until the next.
std::string render_trace(const Summary& summary, const std::vector<Moment>& moments);

/// One of several runs in a trace: a group of rows of its own.
struct TracedRun {
    Summary summary;
    double from_s = 0;  ///< when it began, of the whole
};

/// The same of all items of a [for-each], with the moments that their summaries have.
std::string render_items_trace(const Summary& whole, const std::vector<TracedRun>& runs);

}  // namespace pipectl
