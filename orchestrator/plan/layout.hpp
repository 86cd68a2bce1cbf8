#pragma once

// Edges laid out as conduits: copiers where a port has several readers, mergers where an input has
// several feeds, and in between one conduit for each stretch of the way.
//
// A conduit becomes one link, or several with helpers in between, when it is realized. Before that
// the room that it needs is decided (room.hpp): at this point the graph is as small as it gets.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/plan/channels.hpp"
#include "orchestrator/plan/endpoints.hpp"
#include "orchestrator/plan/network.hpp"
#include "orchestrator/plan/wiring.hpp"

namespace pipectl {

struct Conduit {
    End writer;
    End reader;
    bool writer_opens_path = false;  ///< a named port: the program opens /dev/fd/N
    bool reader_opens_path = false;
    Channel channel;
    bool gate = false;  ///< its reader takes all that comes, or has not started: it is never full
    const Buffer* buffer = nullptr;  ///< what the definition wants; null: nothing is said
    int edge = -1;                   ///< of Plan::edges, when it is the reader's end of one
    bool back = false;               ///< carries answers (`talks-to`): no way that meets others
    Place place;

    /// Decided by make_room(): why an unbounded buffer stands in this conduit; empty: none does.
    std::string spill_reason;
};

/// Fills Plan::edges, adds the copiers and mergers, and returns the conduits.
std::vector<Conduit> lay_out(const Definition& definition, const Wiring& wiring,
                             const std::vector<Channel>& channels, Plan& plan, Network& network,
                             const std::vector<PlannedEndpoint>& endpoints,
                             std::optional<std::uint64_t> most_kept, Remarks& remarks);

/// What is done with each edge before its reader, in processes of their own.
struct Onlookers {
    bool record = false;
    bool tap = false;
};

/// Makes each conduit's links, with the helpers that its buffer and its channel ask for.
void realize(const std::vector<Conduit>& conduits, Plan& plan, Network& network,
             const Onlookers& onlookers);

}  // namespace pipectl
