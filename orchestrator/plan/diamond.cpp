#include "orchestrator/plan/diamond.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "orchestrator/plan/index.hpp"

namespace pipectl {
namespace {

/// The arcs at each node, both directions, in one array: no allocation for each node.
struct Incidence {
    std::vector<int> first;  ///< [node] into `arcs`; one more at the end
    std::vector<int> arcs;

    Incidence(int nodes, const std::vector<Arc>& all) : first(index(nodes) + 1, 0) {
        for (const Arc& arc : all) {
            ++first[index(arc.from) + 1];
            ++first[index(arc.to) + 1];
        }
        for (std::size_t i = 1; i < first.size(); ++i) {
            first[i] += first[i - 1];
        }
        arcs.resize(all.size() * 2);
        std::vector<int> next(first.begin(), first.end() - 1);
        for (std::size_t i = 0; i < all.size(); ++i) {
            arcs[index(next[index(all[i].from)]++)] = static_cast<int>(i);
            arcs[index(next[index(all[i].to)]++)] = static_cast<int>(i);
        }
    }
};

/// Tarjan's algorithm: a depth-first walk that keeps the arcs it has seen on a stack; when a
/// subtree reaches back no further than its root, the arcs above the one to the subtree are a
/// component.
class ComponentSearch {
  public:
    ComponentSearch(int nodes, const std::vector<Arc>& arcs)
        : arcs_(arcs),
          incidence_(nodes, arcs),
          depth_(index(nodes), 0),
          low_(index(nodes), 0),
          next_(incidence_.first.begin(), incidence_.first.end() - 1),
          component_(arcs.size(), -1) {}

    std::vector<int> run() {
        for (std::size_t node = 0; node < depth_.size(); ++node) {
            if (depth_[node] == 0) walk_from(static_cast<int>(node));
        }
        return std::move(component_);
    }

  private:
    struct Step {
        int node;
        int arc_in;  ///< the arc by which the walk came; -1 at the root
    };

    int other_end(int arc, int node) const {
        const Arc& ends = arcs_[arc];
        return ends.from == node ? ends.to : ends.from;
    }

    void walk_from(int root) {
        visit(root, -1);
        while (!path_.empty()) {
            const Step step = path_.back();
            int& next = next_[step.node];
            if (next == incidence_.first[index(step.node) + 1]) {
                leave(step);
                continue;
            }
            const int arc = incidence_.arcs[next++];
            // by number, not by node: a parallel arc is another way back
            if (arc == step.arc_in) continue;
            const int to = other_end(arc, step.node);
            if (depth_[to] == 0) {
                open_.push_back(arc);
                visit(to, arc);
            } else if (depth_[to] < depth_[step.node]) {
                open_.push_back(arc);
                low_[step.node] = std::min(low_[step.node], depth_[to]);
            }
        }
    }

    void visit(int node, int arc) {
        depth_[node] = low_[node] = ++visited_;
        path_.push_back({node, arc});
    }

    void leave(Step step) {
        path_.pop_back();
        if (path_.empty()) return;
        const int parent = path_.back().node;
        low_[parent] = std::min(low_[parent], low_[step.node]);
        if (low_[step.node] < depth_[parent]) return;
        int arc = -1;
        do {
            arc = open_.back();
            open_.pop_back();
            component_[arc] = components_;
        } while (arc != step.arc_in);
        ++components_;
    }

    const std::vector<Arc>& arcs_;
    Incidence incidence_;
    std::vector<int> depth_;  ///< order of the visit, from 1; 0: not yet
    std::vector<int> low_;    ///< the earliest node that the subtree reaches
    std::vector<int> next_;   ///< of incidence_.arcs
    std::vector<int> component_;
    std::vector<Step> path_;
    std::vector<int> open_;  ///< arcs that are in no component yet
    int visited_ = 0;
    int components_ = 0;
};

}  // namespace

std::vector<int> biconnected_components(int nodes, const std::vector<Arc>& arcs) {
    for (const Arc& arc : arcs) {
        assert(arc.from != arc.to && arc.from >= 0 && arc.from < nodes && arc.to >= 0 &&
               arc.to < nodes);
        (void)arc;
    }
    return ComponentSearch(nodes, arcs).run();
}

std::vector<bool> arcs_that_need_room(int nodes, const std::vector<Arc>& arcs,
                                      const std::vector<int>& components) {
    std::vector<std::vector<int>> leaving(index(nodes));
    for (std::size_t i = 0; i < arcs.size(); ++i) {
        leaving[index(arcs[i].from)].push_back(static_cast<int>(i));
    }
    std::vector<bool> needs(arcs.size(), false);
    for (auto& mine : leaving) {
        std::sort(mine.begin(), mine.end(),
                  [&](int a, int b) { return components[a] < components[b]; });
        for (std::size_t i = 1; i < mine.size(); ++i) {
            if (components[index(mine[i])] != components[index(mine[i - 1])]) continue;
            needs[index(mine[i])] = true;
            needs[index(mine[i - 1])] = true;
        }
    }
    return needs;
}

}  // namespace pipectl
