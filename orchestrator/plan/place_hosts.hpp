#pragma once

// Ways from machine to machine: what carries them, and which processes stand at their ends.

#include <vector>

#include "orchestrator/plan/channels.hpp"
#include "orchestrator/plan/layout.hpp"

namespace pipectl {

/// Between two hosts an edge is of kind `net` when nothing else is said. Reports kinds that end at
/// a machine's border. `hosts`: of each stage, an index of Plan::hosts.
void cross_hosts(std::vector<Channel>& channels, const Definition& definition, const Wiring& wiring,
                 const std::vector<int>& hosts, const Plan& plan, Remarks& remarks);

/// The same bytes go to a host once: a copier there passes them on to their readers. What a stage
/// on another host reads from or writes to pipectl itself passes a copier on this one.
void place_hosts(std::vector<Conduit>& conduits, Plan& plan, Network& network);

}  // namespace pipectl
