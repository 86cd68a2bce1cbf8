#pragma once

// The part of graph theory that the planner needs, on plain numbers.

#include <vector>

namespace pipectl {

struct Arc {
    int from = 0;
    int to = 0;
};

/// The biconnected component of each arc, taking arcs as undirected; components are numbered from
/// 0. Two arcs have the same number when one simple circle goes through both; parallel arcs form a
/// circle. An arc on no circle is alone in its component. Linear in nodes and arcs, no recursion.
/// No arc may lead from a node to itself.
std::vector<int> biconnected_components(int nodes, const std::vector<Arc>& arcs);

/// For each arc: whether another arc of its component leaves the same node. Where every such arc
/// has unlimited room, an acyclic graph cannot lock up (room.hpp has the reason).
std::vector<bool> arcs_that_need_room(int nodes, const std::vector<Arc>& arcs,
                                      const std::vector<int>& components);

}  // namespace pipectl
