// The graph of a run: stages from left to right, wrapped into bands as wide as a page.
//
// The layout is that of `pipectl graph`, turned by a quarter: its layers become columns of this
// picture, its columns units of height.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "orchestrator/draw/graph_layout.hpp"
#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/flow.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr double kWidth = 1120;
constexpr double kMargin = 52;  // left and right: lines from one band to the next turn here
constexpr double kTurn = 12;    // radius of such a line
constexpr double kUnit = 8;     // pixels of a column of the layout
constexpr double kPad = 24;     // of a box beyond the columns that its lines use
constexpr int kBox = 3;         // columns of a box: 72 pixels
constexpr int kGap = 8;         // columns between boxes of one layer: 64 pixels less two pads
constexpr double kBoxWidth = 146;
constexpr double kBetween = 112;      // from one layer's boxes to the next's: room for labels
constexpr double kBetweenBands = 26;  // and what the lines between them take
constexpr double kBetweenLines = 5;
constexpr double kThickest = 13;
constexpr double kThinnest = 1.5;
constexpr std::size_t kBoxNameLimit = 16;
constexpr std::size_t kViaLimit = 16;
constexpr std::size_t kMostPassages = 5000;
/// Few stages may have very many edges between them.
constexpr std::size_t kEdgesForEachRow = 2;

std::size_t at(int number) {
    return number;
}

/// From a stdout to a stdin: such edges in both directions are of `talks-to`.
bool is_answer(const EdgeSummary& edge) {
    return edge.from.ends_with(".stdout") && edge.to.ends_with(".stdin");
}

/// Stages only, as a picture for the layout. `nodes` maps stages to its nodes, or -1.
Picture picture_of(const Summary& summary, const std::vector<EdgeEnds>& ends,
                   std::vector<int>& drawn_edges) {
    Picture picture;
    std::vector<int> nodes(summary.stages.size(), -1);
    std::set<std::pair<int, int>> answered;
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        if (summary.stages[i].helper) continue;
        nodes[i] = static_cast<int>(picture.nodes.size());
        picture.nodes.push_back({summary.stages[i].name, {}, {}});
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends[i].from < 0 || ends[i].to < 0) continue;
        const int from = nodes[at(ends[i].from)];
        const int to = nodes[at(ends[i].to)];
        if (from < 0 || to < 0) continue;
        // of a two-way edge one direction is drawn; the table of edges has both
        if (is_answer(summary.edges[i])) {
            if (answered.contains({to, from})) continue;
            answered.emplace(from, to);
        }
        // the label's length keeps the entries of one box apart
        picture.edges.push_back({from, to, static_cast<int>(i), "      "});
        drawn_edges.push_back(static_cast<int>(i));
    }
    return picture;
}

/// A plan has no cycles, a record that somebody wrote may have.
bool has_cycle(const Picture& picture) {
    std::vector<int> waiting(picture.nodes.size(), 0);
    std::vector<std::vector<int>> consumers(picture.nodes.size());
    for (const Picture::Edge& edge : picture.edges) {
        ++waiting[at(edge.to)];
        consumers[at(edge.from)].push_back(edge.to);
    }
    std::vector<int> ready;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        if (waiting[i] == 0) ready.push_back(static_cast<int>(i));
    }
    for (std::size_t next = 0; next < ready.size(); ++next) {
        for (const int to : consumers[at(ready[next])]) {
            if (--waiting[at(to)] == 0) ready.push_back(to);
        }
    }
    return ready.size() < picture.nodes.size();
}

class Graph {
  public:
    Graph(const Summary& summary, const GraphLayout& layout, const std::vector<int>& edges)
        : summary_(summary), layout_(layout), edges_(edges) {
        for (std::size_t i = 0; i < summary.stages.size(); ++i) {
            if (!summary.stages[i].helper) stages_.push_back(i);
        }
        const EdgeAccounted* const widest = widest_edge(summary);
        most_bytes_ = widest != nullptr ? *widest->bytes : -1;
        place();
    }

    std::string draw() {
        svg_.open("svg").with("viewBox", "0 0 " + coordinate(width_) + " " + coordinate(height_));
        svg_.with("width", width_).with("role", "img");
        svg_.with("style", "min-width:" + coordinate(std::min(width_, 760.0)) + "px");
        svg_.with("aria-label", "The stages and the edges between them").line_break();
        for (const GraphLayout::Segment& segment : layout_.segments) {
            draw_line(segment);
        }
        for (const GraphLayout::Box& box : layout_.boxes) {
            if (box.node >= 0) draw_box(box);
        }
        for (const GraphLayout::Segment& segment : layout_.segments) {
            if (segment.last) draw_label(segment);
        }
        svg_.close();
        return svg_.take();
    }

  private:
    /// Where the boxes of a layer stand.
    struct Column {
        std::size_t band = 0;
        double left = 0;
    };
    struct Band {
        int first_unit = std::numeric_limits<int>::max();
        int last_unit = 0;
        double top = 0;
        double bottom = 0;
        double lines = 0;  ///< what the lines to the next band take, and their distances
        double used = 0;   ///< of it, by lines that were drawn
    };

    void place() {
        const auto per_band =
            static_cast<std::size_t>((kWidth - 2 * kMargin + kBetween) / (kBoxWidth + kBetween));
        for (std::size_t layer = 0; layer < layout_.layers.size(); ++layer) {
            const double left =
                kMargin + static_cast<double>(layer % per_band) * (kBoxWidth + kBetween);
            columns_.push_back({layer / per_band, left});
            bands_.resize(layer / per_band + 1);
            width_ = std::max(width_, left + kBoxWidth + kMargin);
            Band& band = bands_.back();
            for (const int number : layout_.layers[layer]) {
                const GraphLayout::Box& box = layout_.boxes[at(number)];
                band.first_unit = std::min(band.first_unit, box.x);
                band.last_unit = std::max(band.last_unit, box.x + box.width);
            }
        }
        for (const GraphLayout::Segment& segment : layout_.segments) {
            Band& band = bands_[column_of(segment.from).band];
            if (column_of(segment.to).band != column_of(segment.from).band) {
                band.lines += thickness(edge_of(segment)) + kBetweenLines;
            }
        }
        if (bands_.size() == 1) {  // nothing turns at its sides
            for (Column& column : columns_)
                column.left -= kMargin - 2;
            width_ -= 2 * kMargin - 4;
        }
        double top = 4;
        for (Band& band : bands_) {
            band.top = top;
            band.bottom = top + (band.last_unit - band.first_unit) * kUnit + 2 * kPad;
            top = band.bottom + kBetweenBands + band.lines;
        }
        height_ = bands_.empty() ? 0 : bands_.back().bottom + 4;
    }

    const Column& column_of(int box) const { return columns_[at(layout_.boxes[at(box)].layer)]; }
    double left(int box) const { return column_of(box).left; }
    double right(int box) const { return left(box) + kBoxWidth; }

    double height_at(const Column& column, double unit) const {
        const Band& band = bands_[column.band];
        return band.top + kPad + (unit - band.first_unit + 0.5) * kUnit;
    }

    const EdgeSummary& edge_of(const GraphLayout::Segment& segment) const {
        return summary_.edges[at(edges_[at(segment.edge)])];
    }

    double thickness(const EdgeSummary& edge) const {
        if (!edge.account || !edge.account->bytes || most_bytes_ <= 0) {
            return kThinnest;
        }
        const double share =
            static_cast<double>(*edge.account->bytes) / static_cast<double>(most_bytes_);
        return std::clamp(kThickest * share, kThinnest, kThickest);
    }

    void draw_line(const GraphLayout::Segment& segment) {
        const EdgeSummary& edge = edge_of(segment);
        const double thick = thickness(edge);
        const double head = std::max(5.0, thick / 2 + 3);
        const Column& from = column_of(segment.from);
        const Column& to = column_of(segment.to);
        const double x = right(segment.from);
        const double y = height_at(from, segment.exit);
        const double to_x = left(segment.to) - (segment.last ? head : 0);
        const double to_y = height_at(to, segment.entry);
        std::string path = "M" + coordinate(x) + " " + coordinate(y);
        if (from.band == to.band) {
            const double bend = (to_x - x) / 2;
            path += "C" + coordinate(x + bend) + " " + coordinate(y) + " " +
                    coordinate(to_x - bend) + " " + coordinate(to_y) + " " + coordinate(to_x) +
                    " " + coordinate(to_y);
        } else {
            Band& band = bands_[from.band];
            path += around(x, band.bottom + kBetweenBands / 2 + thick / 2, band.used, to_x, to_y);
            band.used += thick + kBetweenLines;
        }
        if (!segment.last) {  // through the layer that it passes
            path += "H" + coordinate(right(segment.to));
        }
        const Pressure pressure = pressure_of(summary_, edge);
        const bool known = edge.account && edge.account->bytes;
        svg_.open("path").with(
            "class", std::string("edge ") + pressure_style(pressure) + (known ? "" : " unknown"));
        svg_.with("stroke-width", thick).with("d", path).close();
        if (segment.last) {
            svg_.open("path").with("class", std::string("head ") + pressure_style(pressure));
            svg_.with("d", "M" + coordinate(to_x + head) + " " + coordinate(to_y) + "l" +
                               coordinate(-head) + " " + coordinate(-head) + "v" +
                               coordinate(2 * head) + "z")
                .close();
        }
        svg_.line_break();
    }

    /// From the end of one band to the begin of the next: right, down, left, down, right.
    /// `aside`: what other lines take already.
    static std::string around(double x, double between, double aside, double to_x, double to_y) {
        const double apart = std::min(aside, kMargin - 2 * kTurn);
        const double out = x + kTurn * 1.5 + apart;
        const double in = kTurn + apart;
        between += aside;
        const auto point = [](double a, double b) { return coordinate(a) + " " + coordinate(b); };
        return "H" + coordinate(out - kTurn) + "q" + point(kTurn, 0) + " " + point(kTurn, kTurn) +
               "V" + coordinate(between - kTurn) + "q" + point(0, kTurn) + " " +
               point(-kTurn, kTurn) + "H" + coordinate(in + kTurn) + "q" + point(-kTurn, 0) + " " +
               point(-kTurn, kTurn) + "V" + coordinate(to_y - kTurn) + "q" + point(0, kTurn) + " " +
               point(kTurn, kTurn) + "H" + coordinate(to_x);
    }

    /// Above the line its bytes, below it the channel and what was waited for.
    void draw_label(const GraphLayout::Segment& segment) {
        const Column& to = column_of(segment.to);
        if (column_of(segment.from).band != to.band) {
            return;  // no room where a band begins; the table of edges has it
        }
        const EdgeSummary& edge = edge_of(segment);
        const double y = height_at(to, segment.entry);
        const double half = thickness(edge) / 2;
        const auto line = [&](const char* style, double height, const std::string& words) {
            svg_.open("text").with("class", style).with("x", to.left - 14);
            svg_.with("y", height).text(words).close();
        };
        if (edge.account && edge.account->bytes) {
            line("halo tiny end", y - half - 4,
                 bytes_or_dash(edge.account->bytes, edge.account->bytes_are));
        }
        line("halo soft tiny end", y + half + 12, shortened(edge.via, kViaLimit));
        if (const std::string words = pressure_words(summary_, edge); !words.empty()) {
            line("halo soft tiny end", y + half + 24, words);
        }
        svg_.line_break();
    }

    void draw_box(const GraphLayout::Box& box) {
        const std::size_t index = stages_[at(box.node)];
        const StageSummary& stage = summary_.stages[index];
        const bool limits =
            summary_.bottleneck && std::cmp_equal(summary_.bottleneck->stage, index);
        const Column& column = columns_[at(box.layer)];
        const double top = height_at(column, box.x - 0.5) - kPad;
        const double height = box.width * kUnit + 2 * kPad;
        const double x = column.left;
        const char* style = went_wrong(stage)              ? "box failed"
                            : limits                       ? "box limit"
                            : stage.verdict == Verdict::ok ? "box"
                                                           : "box other";
        svg_.open("g").leaf("title", shortened(stage.name, kBoxNameLimit * 2) + ": " +
                                         verdict_word(stage) + (limits ? ", limits the run" : ""));
        svg_.open("rect").with("class", style).with("x", x).with("y", top);
        svg_.with("width", kBoxWidth).with("height", height).with("rx", 7).close();
        const double middle = top + height / 2;
        svg_.open("text").with("class", "name").with("x", x + 12).with("y", middle - 12);
        svg_.text(shortened(stage.name, kBoxNameLimit)).close();
        svg_.open("text").with("x", x + 12).with("y", middle + 5);
        svg_.with("class", went_wrong(stage) ? "failed tiny" : limits ? "limit tiny" : "soft tiny");
        svg_.text(second_line(stage, limits)).close();
        draw_bar(stage, x + 12, middle + 14);
        svg_.close().line_break();
    }

    std::string second_line(const StageSummary& stage, bool limits) const {
        if (limits) {
            return "▲ limits the run";
        }
        if (stage.verdict != Verdict::ok) {
            return verdict_word(stage) +
                   (stage.status && went_wrong(stage) ? ": " + short_status(*stage.status) : "");
        }
        if (const auto shares = shares_of(stage)) {
            return percent(shares->front()) + " running";
        }
        const auto wall = wall_of(stage, summary_);
        return wall ? format_duration(*wall) : "ok";
    }

    void draw_bar(const StageSummary& stage, double x, double y) {
        const auto shares = shares_of(stage);
        constexpr double kBoxBarWidth = kBoxWidth - 24;
        for (std::size_t i = 0; shares && i < kSlices.size(); ++i) {
            const double width = kBoxBarWidth * shares->at(i);
            if (width >= 0.3) {
                svg_.open("rect").with("class", kSlices.at(i).style).with("x", x).with("y", y);
                svg_.with("width", width).with("height", 7).close();
            }
            x += width;
        }
    }

    const Summary& summary_;
    const GraphLayout& layout_;
    const std::vector<int>& edges_;    ///< of the picture -> of the summary
    std::vector<std::size_t> stages_;  ///< of the picture's nodes
    std::int64_t most_bytes_ = 0;
    std::vector<Column> columns_;  ///< [layer]
    std::vector<Band> bands_;
    double width_ = 0;
    double height_ = 0;
    Markup svg_;
};

}  // namespace

std::string graph_figure(const Summary& summary, const Detail& detail) {
    std::vector<int> edges;
    const auto ends = edge_ends(summary);
    Picture picture = picture_of(summary, ends, edges);
    Markup figure;
    const char* reason = picture.nodes.size() > detail.rows
                             ? "There are too many stages to draw them."
                         : has_cycle(picture) ? "The edges of this record run in a circle."
                                              : nullptr;
    if (reason != nullptr) {
        figure.leaf("p", "soft", reason).line_break();
        return figure.take();
    }
    const std::size_t drawn = std::min(edges.size(), kEdgesForEachRow * detail.rows);
    const std::size_t left_out = edges.size() - drawn;
    picture.edges.resize(drawn);
    edges.resize(drawn);
    const std::vector<BoxSize> sizes(picture.nodes.size(), {kBox, kBox});
    const GraphLayout layout = lay_out_graph(picture, sizes, kGap, kMostPassages);
    figure.open("figure").line_break().open("div").with("class", "scroll").line_break();
    figure.raw(Graph(summary, layout, edges).draw()).close().line_break();
    std::string caption = "An edge is as wide as its bytes are many.";
    const auto is = [&](Pressure pressure) {
        return std::ranges::any_of(summary.edges, [&](const EdgeSummary& edge) {
            return pressure_of(summary, edge) == pressure;
        });
    };
    if (is(Pressure::full) || is(Pressure::empty) || is(Pressure::balanced)) {
        caption +=
            " Yellow: mostly empty, its reader waited for data. Orange: mostly full, its "
            "writer waited for room. Blue: neither.";
    }
    if (is(Pressure::gate)) {
        caption += " A gate: its reader began when its writer had ended.";
    }
    if (left_out > 0) {
        caption += " And " + std::to_string(left_out) + " more edges that are not drawn.";
    }
    figure.leaf("figcaption", caption).line_break();
    figure.close().line_break();
    return figure.take();
}

}  // namespace pipectl
