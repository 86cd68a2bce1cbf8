#pragma once

// `tty`: what cannot be had beside it.

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

void check_terminals(const Definition& definition, Remarks& remarks);

}  // namespace pipectl
