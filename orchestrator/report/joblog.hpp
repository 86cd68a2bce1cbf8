#pragma once

// The stages of a run in the columns of GNU parallel's --joblog, for tools that read those.

#include <string>

#include "orchestrator/report/summary.hpp"

namespace pipectl {

/// A line of headings, then a line for each stage, in the order of the definition; helpers are left
/// out. Columns are separated by tabs: Seq (from 1), Host (":", this machine), Starttime (seconds
/// since 1970), JobRuntime (seconds), Send and Receive (bytes in and out, marked
/// as in the table: "588895", "~588895", "<=588895", "-" where unknown), Exitval, Signal (a number,
/// 0: none), Command (as typed into a shell, on one line). A stage that was never started has -1 as
/// Exitval.
std::string render_joblog(const Summary& summary);

}  // namespace pipectl
