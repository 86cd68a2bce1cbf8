#pragma once

// What a definition asks for and a shell script cannot do: warnings, or errors where leaving it out
// would be worse than having no script.

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/export/script_graph.hpp"
#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

void note_losses(const Definition& definition, const Plan& plan, const ScriptGraph& graph,
                 Remarks& remarks);

/// Errors for what no script can do, whatever its graph.
void refuse_what_no_script_can(const Definition& definition, Remarks& remarks);

}  // namespace pipectl
