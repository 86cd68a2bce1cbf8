// Each edge with what went over it: a table with two small curves in each row.

#include <algorithm>
#include <cmath>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/flow.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/pages/scale.hpp"

namespace pipectl {
namespace {

constexpr int kCurveWidth = 210;
constexpr int kCurveHeight = 34;
constexpr std::size_t kEdgeNameLimit = 48;

/// Whole pixels, relative to the point before: curves are most of a page's bytes.
std::string curve_path(const std::vector<CurvePoint>& curve, const Scale& x, const Scale& y,
                       bool area) {
    std::string path;
    long last_x = 0;
    long last_y = 0;
    const auto to = [&](double to_x, double to_y) {
        const auto next_x = std::lround(to_x);
        const auto next_y = std::lround(to_y);
        path += path.empty() ? "M" : "l";
        path += std::to_string(next_x - last_x) + " " + std::to_string(next_y - last_y);
        last_x = next_x;
        last_y = next_y;
    };
    if (area) to(x.at(curve.front().at_s), kCurveHeight - 1);
    for (const CurvePoint& point : curve) {
        to(x.at(point.at_s), y.at(point.value));
    }
    if (area) {
        to(x.at(curve.back().at_s), kCurveHeight - 1);
        path += "z";
    }
    return path;
}

std::string curve_of(const Summary& summary, const std::vector<CurvePoint>& curve, double highest,
                     const char* style, const std::string& label) {
    Markup svg;
    svg.open("svg").with("width", kCurveWidth).with("height", kCurveHeight).with("role", "img");
    svg.with("viewBox", "0 0 210 34").with("preserveAspectRatio", "none");
    svg.with("aria-label", label);
    svg.open("path").with("class", "grid").with("d", "M0 33.5H210").close();
    if (curve.size() > 1) {
        const Scale x(0, summary.wall_s, 0, kCurveWidth);
        const Scale y(0, highest, kCurveHeight - 1, 2);
        svg.open("path").with("class", std::string("area ") + style);
        svg.with("d", curve_path(curve, x, y, true)).close();
        svg.open("path").with("class", std::string("curve ") + style);
        svg.with("d", curve_path(curve, x, y, false)).close();
    }
    svg.close();
    return svg.take();
}

double highest_of(const std::vector<CurvePoint>& curve) {
    double highest = 0;
    for (const CurvePoint& point : curve) {
        highest = std::max(highest, point.value);
    }
    return highest;
}

/// How long bytes could flow: from when both ends lived until the reader's end. A writer may have
/// ended long before, with a buffer in between.
double seconds_of(const Summary& summary, const EdgeEnds& ends) {
    double from = 0;
    for (const int end : {ends.from, ends.to}) {
        if (end < 0) continue;
        from = std::max(from, summary.stages[end].start_s.value_or(0));
    }
    if (ends.to < 0) {
        return summary.wall_s - from;
    }
    return summary.stages[ends.to].end_s.value_or(summary.wall_s) - from;
}

void curve_cell(Markup& table, const std::string& curve, const std::string& note) {
    table.open("td").with("class", "curves").raw(curve).leaf("span", "soft small", note).close();
}

void add_row(Markup& table, const Summary& summary, const std::vector<EdgeEnds>& ends,
             std::size_t index, const Detail& detail) {
    const EdgeSummary& edge = summary.edges[index];
    const auto& account = edge.account;
    table.open("tr").open("th").with("scope", "row");
    const std::size_t limit = std::min(kEdgeNameLimit, detail.command);
    table.text(shortened(edge.from, limit) + " → " + shortened(edge.to, limit)).close();
    table.leaf("td", shortened(edge.via, limit));
    const bool bytes_known = account && account->bytes;
    table.leaf("td", "n",
               account ? bytes_or_dash(account->bytes, account->bytes_are) : std::string("–"));
    const double seconds = seconds_of(summary, ends[index]);
    table.leaf("td", "n",
               bytes_known && seconds > 0
                   ? rate_text(static_cast<double>(*account->bytes) / seconds, account->bytes_are)
                   : "–");
    const bool sampled = account && account->samples > 0;
    table.leaf("td", "n", sampled ? percent(account->empty) : "–");
    table.leaf("td", "n", sampled ? percent(account->full) : "–");
    const auto rates = throughput_of(summary, ends, index, detail.points);
    const auto fill = fill_of(summary, index, detail.points);
    if (rates.size() > 1) {
        const double highest = highest_of(rates);
        curve_cell(table, curve_of(summary, rates, highest, "running", "throughput over time"),
                   "up to " + rate_text(highest, Exactness::sampled));
    } else {
        table.leaf("td", "–");
    }
    if (fill.size() > 1) {
        const auto room = static_cast<double>(account ? account->room : 0);
        const double highest = std::max({room, highest_of(fill), 1.0});
        const auto shown = static_cast<std::int64_t>(highest);
        curve_cell(table, curve_of(summary, fill, highest, "output", "fill level over time"),
                   (room > 0 ? "of " : "up to ") + bytes_or_dash(shown));
    } else {
        table.leaf("td", "–");
    }
    table.close().line_break();
}

}  // namespace

std::string edge_table(const Summary& summary, const Detail& detail) {
    const auto ends = edge_ends(summary);
    const std::size_t shown = std::min(summary.edges.size(), detail.rows);
    // two curves for each edge share what one page can hold
    Detail fitting = detail;
    fitting.points =
        std::min(detail.points, shown == 0 ? 0 : std::max<std::size_t>(12, 6000 / (2 * shown)));
    if (detail.points == 0) fitting.points = 0;
    Markup table;
    table.open("div").with("class", "scroll").open("table").line_break();
    std::string caption =
        "Empty: the reader waited for data. Full: the writer waited for room. Curves run over the "
        "whole time of the run.";
    if (shown < summary.edges.size()) {
        caption += " And " + std::to_string(summary.edges.size() - shown) + " more edges.";
    }
    table.leaf("caption", caption).line_break().open("thead").open("tr");
    for (const char* head : {"edge", "channel"}) {
        table.open("th").with("scope", "col").text(head).close();
    }
    for (const char* head : {"bytes", "mean rate", "empty", "full"}) {
        table.open("th").with("scope", "col").with("class", "n").text(head).close();
    }
    for (const char* head : {"throughput", "fill level"}) {
        table.open("th").with("scope", "col").text(head).close();
    }
    table.close().close().line_break().open("tbody").line_break();
    for (std::size_t i = 0; i < shown; ++i) {
        add_row(table, summary, ends, i, fitting);
    }
    table.close().close().close().line_break();
    return table.take();
}

}  // namespace pipectl
