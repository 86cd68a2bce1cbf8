#pragma once

// A run and its history, at the run's end.

#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/report/summary.hpp"
#include "orchestrator/run/teller.hpp"

namespace pipectl {

/// Remembers the run, and says on stderr when a long one was much slower than it usually is (on a
/// terminal, or with --summary). Whatever is wrong with the history stays without a word.
void remember_run(const RunOptions& options, const Summary& summary, Teller& teller) noexcept;

}  // namespace pipectl
