#include "orchestrator/plan/cycles.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace pipectl {
namespace {

/// Longer cycles are shown by their first and last names.
constexpr std::size_t kMaxCycleNames = 12;

/// Depth first over the edges, with a stack of its own: 10,000 stages are no depth for the C stack.
class CycleSearch {
  public:
    CycleSearch(const Definition& definition, const Wiring& wiring,
                const std::vector<Precedence>& order, Remarks& remarks)
        : definition_(definition),
          edges_(wiring.edges),
          feeding_(wiring.edges.size()),
          remarks_(remarks),
          outgoing_(definition.stages.size()),
          state_(definition.stages.size(), State::unseen),
          depth_(definition.stages.size(), 0) {
        for (const Precedence& each : order) {
            WiredEdge edge;
            edge.producer = each.before;
            edge.consumer = each.stage;
            edge.place = each.place;
            edge.length = each.length;
            edges_.push_back(edge);
        }
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            if (edges_[i].back) continue;  // answers come back by right
            outgoing_[edges_[i].producer].push_back(i);
        }
    }

    void run() {
        for (std::size_t start = 0; start < state_.size(); ++start) {
            if (state_[start] == State::unseen) walk_from(start);
        }
    }

  private:
    enum class State : char { unseen, on_path, done };
    struct Step {
        std::size_t stage;
        std::size_t next = 0;     ///< of outgoing_[stage]
        std::size_t edge_in = 0;  ///< the edge by which the path came here
        std::size_t told = 0;     ///< how many stages up to here are on a cycle that was reported
    };

    void walk_from(std::size_t start) {
        path_.assign(1, Step{start});
        state_[start] = State::on_path;
        depth_[start] = 0;
        while (!path_.empty()) {
            Step& step = path_.back();
            if (step.next == outgoing_[step.stage].size()) {
                state_[step.stage] = State::done;
                path_.pop_back();
                continue;
            }
            const std::size_t edge = outgoing_[step.stage][step.next++];
            const auto to = static_cast<std::size_t>(edges_[edge].consumer);
            if (state_[to] == State::unseen) {
                state_[to] = State::on_path;
                depth_[to] = path_.size();
                path_.push_back(Step{to, 0, edge, step.told});
            } else if (state_[to] == State::on_path) {
                report(to, edge);
            }
        }
    }

    void report(std::size_t first, std::size_t closing_edge) {
        // a hostile file has many cycles over one long way: each stage is told of once
        const std::size_t begin = depth_[first];
        const std::size_t told_before = begin == 0 ? 0 : path_[begin - 1].told;
        if (path_.back().told > told_before) return;
        bool all_feed = closing_edge < feeding_;
        std::vector<std::string> names;
        const WiredEdge* at = &edges_[closing_edge];
        for (std::size_t i = begin; i < path_.size(); ++i) {
            path_[i].told = told_before + (i - begin) + 1;
            // an edge that the file spells out is a better place than a stage below another
            const WiredEdge& edge = edges_[path_[i].edge_in];
            all_feed = all_feed && (i == begin || path_[i].edge_in < feeding_);
            if (at->feed == nullptr && i > begin && edge.feed != nullptr) at = &edge;
            names.push_back(definition_.stages[path_[i].stage].name.value);
        }
        if (names.size() == 1) {
            remarks_.error(at->place,
                           "stage '" + names[0] + "' " +
                               (all_feed ? "reads itself" : "would start after itself"),
                           all_feed ? kHint : kOrderHint, at->length);
            return;
        }
        std::string circle;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names.size() > kMaxCycleNames && i == kMaxCycleNames / 2) {
                const std::size_t left_out = names.size() - kMaxCycleNames;
                circle += "... (" + std::to_string(left_out) + " more) -> ";
                i += left_out;
            }
            circle += names[i] + " -> ";
        }
        remarks_.error(at->place,
                       (all_feed ? "the stages feed each other in a circle: "
                                 : "the stages wait for each other in a circle: ") +
                           circle + names[0],
                       all_feed ? kHint : kOrderHint, at->length);
    }

    static constexpr const char* kHint =
        "data must flow one way: remove one of these edges; a stage that another one asks and that "
        "answers it: talks-to = \"STAGE\"";
    static constexpr const char* kOrderHint = "remove one of these edges, or one `after`";

    const Definition& definition_;
    std::vector<WiredEdge> edges_;  ///< those that feed, then those that only say an order
    std::size_t feeding_;
    Remarks& remarks_;
    std::vector<std::vector<std::size_t>> outgoing_;
    std::vector<State> state_;
    std::vector<std::size_t> depth_;  ///< of a stage on the path: its index there
    std::vector<Step> path_;
};

}  // namespace

void refuse_cycles(const Definition& definition, const Wiring& wiring,
                   const std::vector<Precedence>& order, Remarks& remarks) {
    CycleSearch(definition, wiring, order, remarks).run();
}

}  // namespace pipectl
