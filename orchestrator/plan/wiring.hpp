#pragma once

// Who reads whom: `from`, `inputs` and the rule that a stage reads the one above it, as a list of
// edges between ports.
//
// Finds edges to nowhere, ports that are read although they go elsewhere, and outputs that nobody
// reads. Channels, helpers and cycles are the business of later passes.

#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// One producer port wired to one consumer port; ports are numbered as in ports.hpp.
struct WiredEdge {
    int producer = 0;
    int out_port = 0;
    int consumer = 0;
    int in_port = 0;
    const Feed* feed = nullptr;  ///< of the definition; null: the stage above is read
    bool two_way = false;        ///< one of the two edges of `talks-to`
    bool back = false;           ///< of these the one that carries the answers
    Place place = {};
    std::size_t length = 1;  ///< what a caret at `place` underlines
};

/// What stands at a stage's stdin.
enum class StdinSource {
    edges,
    inherited,
    null,
    given,  ///< Stage::in says what
};

struct Wiring {
    /// By consumer, then by its ports, then in the order of the feeds.
    std::vector<WiredEdge> edges;
    /// [stage][output port]: the edges that read it.
    std::vector<std::vector<std::vector<int>>> readers;
    /// [stage][input port]: the edges that feed it.
    std::vector<std::vector<std::vector<int>>> feeds;
    std::vector<StdinSource> stdin_source;
};

/// `advise`: warnings too of what works and may not be meant, for who only looks at a definition.
Wiring wire(const Definition& definition, Remarks& remarks, bool advise);

}  // namespace pipectl
