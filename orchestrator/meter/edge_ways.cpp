#include "orchestrator/meter/edge_ways.hpp"

namespace pipectl {

EdgeWays::EdgeWays(const Plan& plan)
    : plan_(plan), into_(plan.processes.size()), edges_of_(plan.links.size(), 0) {
    for (std::size_t i = 0; i < plan.links.size(); ++i) {
        into_[plan.links[i].reader].push_back(static_cast<int>(i));
    }
    for (const Edge& edge : plan.edges) {
        std::vector<int> way;
        if (edge.link >= 0 && !find(edge, edge.link, way)) {
            way.clear();
        }
        for (const int link : way) {
            ++edges_of_[link];
        }
        ways_.push_back(std::move(way));
    }
}

/// Back from the reader's end, through helpers, to the edge's own producer.
bool EdgeWays::find(const Edge& edge, int link, std::vector<int>& way) const {
    const Link& what = plan_.links[link];
    way.push_back(link);
    if (plan_.processes[what.writer].role == Role::stage) {
        // the name of a stage's end stands at the start of its link's
        if (what.name.starts_with(edge.from + " -> ")) {
            return true;
        }
    } else {
        for (const int before : into_[what.writer]) {
            if (find(edge, before, way)) {
                return true;
            }
        }
    }
    way.pop_back();
    return false;
}

}  // namespace pipectl
