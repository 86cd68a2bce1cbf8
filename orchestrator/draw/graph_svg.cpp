#include <algorithm>
#include <climits>
#include <cstddef>
#include <string_view>

#include "orchestrator/draw/graph_formats.hpp"
#include "orchestrator/draw/graph_layout.hpp"
#include "orchestrator/plan/index.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/html.hpp"

namespace pipectl {
namespace {

constexpr int kColumn = 8;               // pixels for a character of the picture's own font size
constexpr int kPadding = 2;              // columns beside a box's text
constexpr int kLine = 17;                // pixels from one line of text to the next
constexpr int kBelow = 54;               // pixels between layers
constexpr int kMargin = 16;              // pixels around the picture
constexpr int kHead = 34;                // pixels for the title
constexpr std::size_t kMaxCommand = 45;  // columns of a command; the whole is in its tooltip
constexpr std::size_t kMaxSvgPassages = 20000;

// plain colours, once for light and once for dark: not every viewer knows variables of CSS
constexpr std::string_view kStyle = R"(<style>
svg { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.paper { fill: #ffffff; } text { fill: #1f2328; }
.title { font-size: 15px; font-weight: bold; } .name { font-weight: bold; }
.soft { fill: #59636e; font-size: 12px; }
.via { fill: #59636e; font-size: 12px; stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
.box { fill: #f4f6f8; stroke: #c9d1d9; }
.host { fill: none; stroke: #8b949e; stroke-dasharray: 6 4; }
.line { fill: none; stroke: #8b949e; stroke-width: 1.5; } .head { fill: #8b949e; }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; } text { fill: #e6edf3; } .soft, .via { fill: #9198a1; }
.via { stroke: #0d1117; }
.box { fill: #161b22; stroke: #30363d; } .line { stroke: #6e7681; } .head { fill: #6e7681; } }
</style>
)";

// the arrow at the upper end of a two-way edge
constexpr std::string_view kTail =
    "<marker id=\"tail\" viewBox=\"0 0 8 8\" refX=\"1\" refY=\"4\" markerWidth=\"8\" "
    "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
    "<path class=\"head\" d=\"M8 0L0 4L8 8z\"/></marker>";

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

std::size_t characters(const std::string& text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
}

/// The lines under a node's name.
std::vector<std::string> details_of(const Picture::Node& node) {
    std::vector<std::string> lines = {shortened(node.command, kMaxCommand)};
    for (const std::string& file : node.lines()) {
        lines.push_back(shortened(file, kMaxCommand));
    }
    return lines;
}

class Page {
  public:
    Page(const Picture& picture, const GraphLayout& layout) : picture_(picture), layout_(layout) {
        int y = kMargin + kHead;
        for (const auto& layer : layout.layers) {
            int height = 0;
            for (const int each : layer) {
                height = std::max(height, height_of(layout.boxes[each]));
            }
            tops_.push_back(y);
            heights_.push_back(height);
            y += height + kBelow;
        }
        height_ = y - (layout.layers.empty() ? 0 : kBelow) + kMargin;
    }

    std::string run() {
        const int title = static_cast<int>(characters(picture_.title)) * (kColumn + 1);
        const int width = std::max(layout_.width * kColumn, title) + 2 * kMargin;
        text_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                "\" height=\"" + std::to_string(height_) + "\" viewBox=\"0 0 " +
                std::to_string(width) + " " + std::to_string(height_) + "\" role=\"img\">\n";
        text_ += "<title>" + html_escaped(picture_.title) + "</title>\n";
        text_ += kStyle;
        text_ +=
            "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
            "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
            "<path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker>";
        const bool any_both = std::any_of(picture_.edges.begin(), picture_.edges.end(),
                                          [](const Picture::Edge& edge) { return edge.both; });
        if (any_both) text_ += kTail;
        text_ +=
            "</defs>\n"
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
        text_ += element("text", "class=\"title\"", kMargin, kMargin + 14, picture_.title);
        draw_hosts();
        for (const GraphLayout::Segment& segment : layout_.segments) {
            draw_line(segment);
        }
        for (const GraphLayout::Box& box : layout_.boxes) {
            if (box.node >= 0) draw_box(box);
        }
        for (const GraphLayout::Segment& segment : layout_.segments) {
            if (segment.last) draw_label(segment);
        }
        return text_ + "</svg>\n";
    }

  private:
    int height_of(const GraphLayout::Box& box) const {
        if (box.node < 0) return 0;
        const auto lines = details_of(picture_.nodes[box.node]).size() + 1;
        return static_cast<int>(lines) * kLine + 12;
    }

    int top(int box) const { return tops_[index(layout_.boxes[box].layer)]; }

    /// Where lines leave: at the box's own lower edge, or of the layer for one that passes through.
    int bottom(int number) const {
        const GraphLayout::Box& box = layout_.boxes[number];
        return top(number) + (box.node < 0 ? heights_[box.layer] : height_of(box));
    }

    static int column(int at) { return kMargin + at * kColumn + kColumn / 2; }

    static std::string element(const char* name, const std::string& attributes, int x, int y,
                               const std::string& content) {
        return std::string("<") + name + " " + attributes + " x=\"" + std::to_string(x) +
               "\" y=\"" + std::to_string(y) + "\">" + html_escaped(content) + "</" + name + ">\n";
    }

    struct Area {
        int left, right, top, bottom;  ///< columns, and pixels
        [[nodiscard]] bool meets(const Area& other) const {
            return left <= other.right && other.left <= right && top <= other.bottom &&
                   other.top <= bottom;
        }
        void add(const Area& other) {
            *this = {std::min(left, other.left), std::max(right, other.right),
                     std::min(top, other.top), std::max(bottom, other.bottom)};
        }
    };

    Area area_of(const std::vector<int>& nodes) const {
        Area all{INT_MAX, 0, INT_MAX, 0};
        for (const int node : nodes) {  // the boxes of nodes come first, in their order
            const GraphLayout::Box& box = layout_.boxes[node];
            const int at = tops_[box.layer];
            all.add({box.x, box.x + box.width, at, at + height_of(box)});
        }
        return all;
    }

    /// A frame around the boxes of each host; where another's stands between them each has one.
    void draw_hosts() {
        const auto by_host = picture_.by_host();
        for (std::size_t i = 0; i < by_host.size(); ++i) {
            if (by_host[i].empty()) continue;
            const Area area = area_of(by_host[i]);
            const bool torn = std::any_of(
                picture_.nodes.begin(), picture_.nodes.end(), [&](const Picture::Node& node) {
                    const int number = static_cast<int>(&node - picture_.nodes.data());
                    return node.host != static_cast<int>(i) && area.meets(area_of({number}));
                });
            if (!torn) {
                draw_frame(area, picture_.hosts[i]);
                continue;
            }
            for (const int node : by_host[i])
                draw_frame(area_of({node}), picture_.hosts[i]);
        }
    }

    void draw_frame(const Area& area, const std::string& name) {
        constexpr int kAround = 6;
        const int x = kMargin + area.left * kColumn - kAround;
        text_ += "<rect class=\"host\" x=\"" + std::to_string(x) + "\" y=\"" +
                 std::to_string(area.top - kAround) + "\" width=\"" +
                 std::to_string((area.right - area.left) * kColumn + 2 * kAround) + "\" height=\"" +
                 std::to_string(area.bottom - area.top + 2 * kAround) + "\" rx=\"8\"/>\n";
        text_ += element("text", "class=\"soft\"", x + kColumn, area.bottom + kAround + 13, name);
    }

    void draw_line(const GraphLayout::Segment& segment) {
        const int x = column(segment.exit);
        const int y = bottom(segment.from);
        const int to_x = column(segment.entry);
        const int to_y = top(segment.to);
        const GraphLayout::Box& to = layout_.boxes[segment.to];
        const int bend = (to_y - y) / 2;
        const auto point = [](int a, int b) { return std::to_string(a) + " " + std::to_string(b); };
        text_ += "<path class=\"line\" d=\"M" + point(x, y) + "C" + point(x, y + bend) + " " +
                 point(to_x, to_y - bend) + " " + point(to_x, to_y);
        // through the layer that it passes
        if (to.node < 0) text_ += "V" + std::to_string(bottom(segment.to));
        const bool first = layout_.boxes[segment.from].node >= 0;
        if (first && picture_.edges[segment.edge].both) text_ += "\" marker-start=\"url(#tail)";
        if (picture_.edges[segment.edge].order) text_ += "\" stroke-dasharray=\"4 3";
        text_ += segment.last ? "\" marker-end=\"url(#head)\"/>\n" : "\"/>\n";
    }

    void draw_label(const GraphLayout::Segment& segment) {
        text_ += element("text", "class=\"via\"", column(segment.entry) + 7, top(segment.to) - 10,
                         picture_.edges[segment.edge].label);
    }

    void draw_box(const GraphLayout::Box& box) {
        const Picture::Node& node = picture_.nodes[box.node];
        const int x = kMargin + box.x * kColumn;
        int y = tops_[box.layer];
        text_ += "<g><title>" + html_escaped(node.command) + "</title>\n";
        text_ += "<rect class=\"box\" x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
                 "\" width=\"" + std::to_string(box.width * kColumn) + "\" height=\"" +
                 std::to_string(height_of(box)) + "\" rx=\"5\"/>\n";
        y += kLine + 1;
        text_ += element("text", "class=\"name\"", x + kColumn + 2, y, node.name);
        for (const std::string& line : details_of(node)) {
            y += kLine;
            text_ += element("text", "class=\"soft\"", x + kColumn + 2, y, line);
        }
        text_ += "</g>\n";
    }

    const Picture& picture_;
    const GraphLayout& layout_;
    std::vector<int> tops_;     ///< [layer]
    std::vector<int> heights_;  ///< [layer]
    int height_ = 0;
    std::string text_;
};

}  // namespace

std::string graph_svg(const Picture& picture) {
    std::vector<BoxSize> sizes;
    for (const Picture::Node& node : picture.nodes) {
        std::size_t width = characters(node.name);
        for (const std::string& line : details_of(node)) {
            width = std::max(width, characters(line));
        }
        const int columns = static_cast<int>(width) + kPadding;
        sizes.push_back({columns, columns});
    }
    GraphLayout layout = lay_out_graph(picture, sizes, kBoxGap, kMaxSvgPassages);
    return Page(picture, layout).run();
}

}  // namespace pipectl
