#pragma once

// `talks-to`: which stages ask and which answer, and what neither of the two may have besides.
//
// A pair has two edges, there and back. The way back is no part of the graph that must be free of
// circles: whoever waits for its own answer is found when it happens (meter/standstill.hpp).

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

struct Talks {
    /// [stage]: the one at the other end, or -1. Empty where no stage talks to another.
    std::vector<int> with;

    [[nodiscard]] int partner_of(int stage) const { return with.empty() ? -1 : with[stage]; }
};

Talks find_talks(const Definition& definition, Remarks& remarks);

}  // namespace pipectl
