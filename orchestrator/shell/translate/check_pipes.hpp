#pragma once

// Named pipes and temporary files that have become edges: what can only be said of them when all
// pipelines have become stages.

#include <vector>

#include "orchestrator/shell/translate/graph.hpp"
#include "orchestrator/shell/translate/refusal.hpp"

namespace pipectl::shell {

/// No writer or no reader, several readers, cycles.
std::vector<Refusal> check_pipes(const Graph& graph);

}  // namespace pipectl::shell
