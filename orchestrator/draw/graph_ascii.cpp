#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "orchestrator/draw/graph_formats.hpp"
#include "orchestrator/draw/graph_layout.hpp"
#include "orchestrator/plan/index.hpp"

namespace pipectl {
namespace {

constexpr int kMaxWidth = 160;
constexpr std::size_t kMaxAsciiPassages = 200;

/// The lines that leave one place between two layers: across in one row, then down to each entry.
struct Net {
    int exit = 0;
    std::vector<int> entries;
    int row = -1;  ///< of the rows between the layers; -1: straight down

    [[nodiscard]] int left() const {
        return std::min(exit, *std::min_element(entries.begin(), entries.end()));
    }
    [[nodiscard]] int right() const {
        return std::max(exit, *std::max_element(entries.begin(), entries.end()));
    }
    [[nodiscard]] bool straight() const { return left() == right(); }
    [[nodiscard]] bool enters(int column) const {
        return std::find(entries.begin(), entries.end(), column) != entries.end();
    }
};

/// A row for each net that needs one, so that no two lines lie on each other: nets that overlap in
/// a row get two rows, and a line that leaves at a column ends above one that enters there. False
/// when two nets would each have to be above the other.
bool assign_rows(std::vector<Net>& nets, int& rows) {
    std::vector<Net*> waiting;
    for (Net& net : nets) {
        if (!net.straight()) waiting.push_back(&net);
    }
    std::vector<Net*> done;
    rows = 0;
    while (!waiting.empty()) {
        std::vector<Net*> now;
        for (Net* net : waiting) {
            const bool blocked = std::any_of(waiting.begin(), waiting.end(), [&](const Net* other) {
                return other != net && net->enters(other->exit);
            });
            const bool collides = std::any_of(now.begin(), now.end(), [&](const Net* other) {
                return net->left() <= other->right() && other->left() <= net->right();
            });
            if (!blocked && !collides) now.push_back(net);
        }
        if (now.empty()) return false;
        for (Net* net : now) {
            net->row = rows;
            waiting.erase(std::find(waiting.begin(), waiting.end(), net));
        }
        ++rows;
    }
    return true;
}

class Drawing {
  public:
    Drawing(const Picture& picture, const GraphLayout& layout)
        : picture_(picture), layout_(layout) {}

    /// Nothing when the lines are too tangled.
    std::optional<std::string> run() {
        std::size_t segment = 0;
        for (std::size_t layer = 0; layer < layout_.layers.size(); ++layer) {
            draw_boxes(layout_.layers[layer]);
            std::vector<GraphLayout::Segment> below;
            while (segment < layout_.segments.size() &&
                   layout_.boxes[index(layout_.segments[segment].from)].layer ==
                       static_cast<int>(layer)) {
                below.push_back(layout_.segments[segment++]);
            }
            if (!below.empty() && !draw_lines(below)) return std::nullopt;
        }
        std::string text;
        for (std::string& line : lines_) {
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + "\n";
        }
        return text;
    }

  private:
    std::string& new_line() {
        lines_.emplace_back(index(layout_.width) + 1, ' ');
        return lines_.back();
    }

    static void put(std::string& line, int column, const std::string& text) {
        if (line.size() < index(column) + text.size())
            line.resize(index(column) + text.size(), ' ');
        line.replace(index(column), text.size(), text);
    }

    void draw_boxes(const std::vector<int>& boxes) {
        std::string& line = new_line();
        for (const int each : boxes) {
            const GraphLayout::Box& box = layout_.boxes[each];
            if (box.node < 0) {
                put(line, box.x, "|");
                continue;
            }
            const Picture::Node& node = picture_.nodes[box.node];
            const std::string name = picture_.full_name(node);
            const int padding = box.width - static_cast<int>(name.size()) - 2;
            std::string text = "[" + std::string(index(padding / 2), ' ') + name +
                               std::string(index(padding - padding / 2), ' ') + "]";
            for (const std::string& file : node.lines()) {
                text += " " + file;
            }
            put(line, box.x, text);
        }
    }

    bool draw_lines(const std::vector<GraphLayout::Segment>& segments) {
        std::vector<Net> nets;
        std::map<std::pair<int, int>, std::size_t> by_exit;  // box, column
        for (const GraphLayout::Segment& segment : segments) {
            const auto [found, is_new] =
                by_exit.emplace(std::pair(segment.from, segment.exit), nets.size());
            if (is_new) nets.push_back({segment.exit, {}, -1});
            nets[found->second].entries.push_back(segment.entry);
        }
        int rows = 0;
        if (!assign_rows(nets, rows)) return false;
        const std::size_t first = lines_.size();
        for (int row = 0; row < rows; ++row) {
            new_line();
        }
        for (const Net& net : nets) {
            draw_across(net, first);
        }
        for (const Net& net : nets) {
            draw_down(net, first, rows);
        }
        draw_entries(segments);
        return true;
    }

    void draw_across(const Net& net, std::size_t first) {
        if (net.row < 0) return;
        std::string& line = lines_[first + index(net.row)];
        for (int column = net.left(); column <= net.right(); ++column) {
            line[column] = '-';
        }
    }

    void draw_down(const Net& net, std::size_t first, int rows) {
        if (net.row < 0) {
            for (int row = 0; row < rows; ++row) {
                lines_[first + index(row)][net.exit] = '|';
            }
            return;
        }
        for (int row = 0; row < net.row; ++row) {
            lines_[first + index(row)][net.exit] = '|';
        }
        lines_[first + index(net.row)][net.exit] = '+';
        for (const int entry : net.entries) {
            lines_[first + index(net.row)][entry] = '+';
            for (int row = net.row + 1; row < rows; ++row) {
                lines_[first + index(row)][entry] = '|';
            }
        }
    }

    void draw_entries(const std::vector<GraphLayout::Segment>& segments) {
        std::string& line = new_line();
        for (const GraphLayout::Segment& segment : segments) {
            const std::string& label = picture_.edges[segment.edge].label;
            put(line, segment.entry, segment.last ? "v " + label : "|");
        }
    }

    const Picture& picture_;
    const GraphLayout& layout_;
    std::vector<std::string> lines_;
};

std::string list_of_edges(const Picture& picture) {
    std::vector<std::vector<const Picture::Edge*>> leaving(picture.nodes.size());
    for (const Picture::Edge& edge : picture.edges) {
        leaving[edge.from].push_back(&edge);
    }
    std::string text;
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
        text += "[" + picture.full_name(picture.nodes[i]) + "]";
        for (const std::string& file : picture.nodes[i].lines()) {
            text += " " + file;
        }
        text += "\n";
        for (const Picture::Edge* edge : leaving[i]) {
            text += (edge->both ? "  <-> [" : "  -> [") +
                    picture.full_name(picture.nodes[edge->to]) + "] " + edge->label + "\n";
        }
    }
    return text;
}

}  // namespace

std::string graph_ascii(const Picture& picture) {
    std::vector<BoxSize> sizes;
    for (const Picture::Node& node : picture.nodes) {
        const int width = static_cast<int>(picture.full_name(node).size()) + 2;
        int extent = width;
        for (const std::string& file : node.lines()) {
            extent += 1 + static_cast<int>(file.size());
        }
        sizes.push_back({width, extent});
    }
    const GraphLayout layout = lay_out_graph(picture, sizes, kBoxGap, kMaxAsciiPassages);
    const bool fits = !layout.direct && layout.width <= kMaxWidth;
    std::optional<std::string> drawing;
    if (fits) drawing = Drawing(picture, layout).run();
    return drawing ? *drawing : list_of_edges(picture);
}

}  // namespace pipectl
