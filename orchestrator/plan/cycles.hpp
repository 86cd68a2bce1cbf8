#pragma once

// Refuses cycles: a pipeline whose stages wait for each other in a circle can never end.

#include "orchestrator/plan/order.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// Reports cycles of edges and of `after`, with the names on them, at the place of an edge of each.
/// Cycles that share a stage with one that was reported may be left out: it has to be mended first.
void refuse_cycles(const Definition& definition, const Wiring& wiring,
                   const std::vector<Precedence>& order, Remarks& remarks);

}  // namespace pipectl
