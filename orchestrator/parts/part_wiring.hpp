#pragma once

// What was connected with a stage that is a definition, connected with that definition's ports.
//
// Internal to this folder.

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/parts/part_ports.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// `outer`: the stages as they were; `stages`: those of the definitions in their places. What is
/// connected with ports that there are not goes to `remarks`.
void connect_parts(const std::vector<Stage>& outer, const PartsByName& parts,
                   std::vector<Stage>& stages, Remarks& remarks);

}  // namespace pipectl
