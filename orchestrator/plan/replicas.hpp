#pragma once

// `replicas`: what cannot be had beside it, and what is rarely meant.

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// `advise`: also warns of programs for which a part of the lines is not enough.
void check_replicas(const Definition& definition, bool advise, Remarks& remarks);

}  // namespace pipectl
