#include "orchestrator/draw/graph_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "orchestrator/plan/index.hpp"

namespace pipectl {
namespace {

/// The first line of a box's edges stands this far in.
constexpr int kInset = 1;
/// Between an entry's line and its label, and between that and the next entry.
constexpr int kLabelSpace = 2;
constexpr int kExitSpace = 4;
constexpr int kSweeps = 4;

class GraphLayouter {
  public:
    GraphLayouter(const Picture& picture, const std::vector<BoxSize>& sizes, int gap)
        : picture_(picture), sizes_(sizes), gap_(gap) {}

    GraphLayout run(std::size_t max_passages) {
        find_layers();
        std::size_t passages = 0;
        for (const Picture::Edge& edge : picture_.edges) {
            passages += index(layer_[edge.to] - layer_[edge.from] - 1);
        }
        layout_.direct = passages > max_passages;
        make_boxes();
        for (int sweep = 0; sweep < kSweeps; ++sweep) {
            order(sweep % 2 == 0);
        }
        widen();
        place();
        return std::move(layout_);
    }

  private:
    /// The longest way from a source; a source itself stands just above its first consumer.
    void find_layers() {
        const std::size_t count = picture_.nodes.size();
        std::vector<std::vector<int>> consumers(count);
        std::vector<int> waiting(count, 0);
        for (const Picture::Edge& edge : picture_.edges) {
            consumers[edge.from].push_back(edge.to);
            ++waiting[edge.to];
        }
        const std::vector<int> feeds = waiting;
        layer_.assign(count, 0);
        std::vector<int> ready;
        for (std::size_t i = 0; i < count; ++i) {
            if (waiting[i] == 0) ready.push_back(static_cast<int>(i));
        }
        for (std::size_t next = 0; next < ready.size(); ++next) {
            const int node = ready[next];
            for (const int to : consumers[node]) {
                layer_[to] = std::max(layer_[to], layer_[node] + 1);
                if (--waiting[to] == 0) ready.push_back(to);
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (feeds[i] > 0 || consumers[i].empty()) continue;
            int lowest = layer_[index(consumers[i].front())];
            for (const int to : consumers[i]) {
                lowest = std::min(lowest, layer_[to]);
            }
            layer_[i] = lowest - 1;
        }
    }

    int add_box(int node, int layer, BoxSize size) {
        const int box = static_cast<int>(layout_.boxes.size());
        layout_.boxes.push_back({node, layer, 0, size.width, size.extent});
        if (index(layer) >= layout_.layers.size()) layout_.layers.resize(index(layer) + 1);
        layout_.layers[layer].push_back(box);
        return box;
    }

    void make_boxes() {
        for (std::size_t i = 0; i < picture_.nodes.size(); ++i) {
            add_box(static_cast<int>(i), layer_[i], sizes_[i]);
        }
        for (std::size_t i = 0; i < picture_.edges.size(); ++i) {
            const Picture::Edge& edge = picture_.edges[i];
            int from = edge.from;
            const int end = layout_.direct ? 0 : layer_[edge.to];
            for (int layer = layer_[edge.from] + 1; layer < end; ++layer) {
                const int passage = add_box(-1, layer, {1, 1});
                layout_.segments.push_back({from, passage, static_cast<int>(i), 0, 0, false});
                from = passage;
            }
            layout_.segments.push_back({from, edge.to, static_cast<int>(i), 0, 0, true});
        }
        std::stable_sort(
            layout_.segments.begin(), layout_.segments.end(),
            [this](const auto& a, const auto& b) { return box(a.from).layer < box(b.from).layer; });
        entering_.resize(layout_.boxes.size());
        leaving_.resize(layout_.boxes.size());
        for (std::size_t i = 0; i < layout_.segments.size(); ++i) {
            leaving_[index(layout_.segments[i].from)].push_back(static_cast<int>(i));
            entering_[index(layout_.segments[i].to)].push_back(static_cast<int>(i));
        }
        position_.resize(layout_.boxes.size());
        for (std::size_t i = 0; i < layout_.layers.size(); ++i) {
            number(i);
        }
    }

    void number(std::size_t layer) {
        for (std::size_t i = 0; i < layout_.layers[layer].size(); ++i) {
            position_[index(layout_.layers[layer][i])] = static_cast<double>(i);
        }
    }

    /// Each layer by the middle of its neighbours in the layer before, to lessen crossings.
    void order(bool downward) {
        const std::size_t count = layout_.layers.size();
        for (std::size_t step = 0; step < count; ++step) {
            const std::size_t at = downward ? step : count - 1 - step;
            std::vector<std::pair<double, int>> wanted;
            for (const int each : layout_.layers[at]) {
                const auto& neighbours = downward ? entering_[each] : leaving_[each];
                double sum = 0;
                for (const int segment : neighbours) {
                    const auto& of = layout_.segments[segment];
                    sum += position_[downward ? of.from : of.to];
                }
                const double own = position_[each];
                wanted.emplace_back(
                    neighbours.empty() ? own : sum / static_cast<double>(neighbours.size()), each);
            }
            std::stable_sort(wanted.begin(), wanted.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; });
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                layout_.layers[at][i] = wanted[i].second;
            }
            number(at);
        }
    }

    /// Offsets of exits and entries in their boxes, from left to right as their other ends stand.
    void widen() {
        for (std::size_t i = 0; i < layout_.boxes.size(); ++i) {
            GraphLayout::Box& at = layout_.boxes[i];
            sort_by_position(entering_[i], true);
            sort_by_position(leaving_[i], false);
            if (at.node < 0) continue;
            int used = 0;      // columns up to the last line
            int labelled = 0;  // columns up to the last label
            for (const int each : entering_[i]) {
                auto& segment = layout_.segments[each];
                segment.entry = labelled == 0 ? kInset : labelled + kLabelSpace;
                used = segment.entry + 1 + kInset;
                labelled = segment.entry + kLabelSpace + label_width(segment.edge);
            }
            std::map<int, int> exits;  // by port: its readers share one line
            int exit = kInset;
            for (const int each : leaving_[i]) {
                auto& segment = layout_.segments[each];
                const int port = picture_.edges[segment.edge].port;
                const auto [found, is_new] = exits.emplace(port, exit);
                if (is_new) exit += kExitSpace;
                segment.exit = found->second;
            }
            if (!exits.empty()) used = std::max(used, exit - kExitSpace + 1 + kInset);
            const int suffix = at.extent - at.width;
            at.width = std::max(at.width, used);
            at.extent = std::max(at.width + suffix, labelled);
        }
    }

    int label_width(int edge) const { return static_cast<int>(picture_.edges[edge].label.size()); }

    void sort_by_position(std::vector<int>& segments, bool entering) const {
        std::stable_sort(segments.begin(), segments.end(), [&](int a, int b) {
            const auto& first = layout_.segments[a];
            const auto& second = layout_.segments[b];
            return entering ? position_[first.from] < position_[second.from]
                            : position_[first.to] < position_[second.to];
        });
    }

    /// Each box as far left as the ones beside it allow, but not left of the line that enters it
    /// first.
    void place() {
        for (auto& layer : layout_.layers) {
            int free = 0;
            for (const int each : layer) {
                GraphLayout::Box& at = box(each);
                const auto& entering = entering_[each];
                int wanted = free;
                if (!entering.empty()) {
                    const auto& first = layout_.segments[entering.front()];
                    wanted = box(first.from).x + first.exit - first.entry;
                }
                at.x = std::max(free, wanted);
                free = at.x + at.extent + gap_;
                layout_.width = std::max(layout_.width, at.x + at.extent);
            }
        }
        for (auto& segment : layout_.segments) {
            segment.exit += box(segment.from).x;
            segment.entry += box(segment.to).x;
        }
    }

    GraphLayout::Box& box(int at) { return layout_.boxes[at]; }

    const Picture& picture_;
    const std::vector<BoxSize>& sizes_;
    int gap_;
    GraphLayout layout_;
    std::vector<int> layer_;                  ///< [node]
    std::vector<std::vector<int>> entering_;  ///< [box]: segments
    std::vector<std::vector<int>> leaving_;
    std::vector<double> position_;  ///< [box]: in its layer
};

}  // namespace

GraphLayout lay_out_graph(const Picture& picture, const std::vector<BoxSize>& sizes, int gap,
                          std::size_t max_passages) {
    return GraphLayouter(picture, sizes, gap).run(max_passages);
}

}  // namespace pipectl
