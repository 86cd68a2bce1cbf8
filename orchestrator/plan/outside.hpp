#pragma once

// What comes from pipectl's own stdin and goes to its stdout, through processes that record it: a
// recording of a run has all that its stages were given and gave.

#include "orchestrator/plan/network.hpp"
#include "orchestrator/plan/plan.hpp"

namespace pipectl {

/// Of each that one process alone has; of stdin only with `input`. They come to Plan::outside.
void record_outside(Plan& plan, Network& network, bool input);

}  // namespace pipectl
