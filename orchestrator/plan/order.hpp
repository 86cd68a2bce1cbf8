#pragma once

// Who starts after whom: `after`, looked up, and the edges that are gates.

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

/// `stage` starts when `before` has ended. Both are indices of the definition's stages.
struct Precedence {
    int before = 0;
    int stage = 0;
    bool ended = false;  ///< however it ended; else it has to end well
    Place place;
    std::size_t length = 1;
};

/// All that `after` says, with errors for names of no stage.
std::vector<Precedence> find_order(const Definition& definition, Remarks& remarks);

/// The edge is a gate: its reader starts when its writer has ended well.
bool is_gate(const WiredEdge& edge);

/// Says of each gate what it costs: its two sides run one after the other.
void note_gates(const Definition& definition, const Wiring& wiring, Remarks& remarks);

}  // namespace pipectl
