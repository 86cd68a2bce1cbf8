// Strip plots of a comparison: all runs of all channels on one axis of time.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "orchestrator/pages/compare_page.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/pages/scale.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl {
namespace {

using compare::Row;
using compare::Table;

constexpr double kStripsRight = 1000;
constexpr double kStripHeight = 34;
constexpr double kMostStripNames = 190;
constexpr std::size_t kStripNameLimit = 24;
constexpr int kLanes = 5;  // dots of neighbouring runs stand in different ones
constexpr double kLane = 3.5;

class Strips {
  public:
    Strips(const Table& table, const Detail& detail) : table_(table), detail_(detail) {
        std::size_t longest = 0;
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            const Row& row = table.rows[i];
            if (!measured(row)) continue;
            rows_.push_back(i);
            longest = std::max(longest, width_of(shortened(row.label(), kStripNameLimit)));
            for (const compare::Run& run : row.runs) {
                low_ = std::min(low_, run.wall_s);
                high_ = std::max(high_, run.wall_s);
            }
        }
        std::ranges::stable_sort(rows_, [&](std::size_t a, std::size_t b) {
            return table.rows[a].median.value < table.rows[b].median.value;
        });
        rows_.resize(std::min(rows_.size(), detail.rows));
        left_ = std::min(kMostStripNames, 16 + kBoldCharacter * static_cast<double>(longest));
    }

    std::string draw() {
        if (rows_.empty()) {
            return {};
        }
        // an axis from 0 shows ratios as they are; near each other, runs would be one blot
        const double from = low_ > high_ / 2 ? std::max(0.0, low_ - (high_ - low_) * 0.15) : 0;
        const Scale x(from, high_ > from ? high_ + (high_ - from) * 0.02 : from + 1, left_,
                      kStripsRight);
        const double height = kAxisHeight + kStripHeight * static_cast<double>(rows_.size()) + 6;
        figure_.open("figure").line_break().open("div").with("class", "scroll").line_break();
        figure_.open("svg").with("viewBox", "0 0 1120 " + coordinate(height));
        figure_.with("style", "min-width:760px").with("role", "img");
        figure_.with("aria-label", "The wall times of all runs, a row for each channel");
        figure_.line_break();
        draw_axis(x, from, height);
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            draw_row(rows_[i], x, kAxisHeight + kStripHeight * (static_cast<double>(i) + 0.5));
        }
        figure_.close().close().line_break();
        std::string caption =
            "Wall time: a dot is a run, the tick the median, the bar its 95 % interval. The dashed "
            "line is the median of " +
            shortened(baseline().label(), kStripNameLimit) + ".";
        if (from > 0) {
            caption += " The axis does not begin at 0.";
        }
        figure_.leaf("figcaption", caption).line_break().close().line_break();
        return figure_.take();
    }

  private:
    const Row& baseline() const { return table_.rows[table_.baseline]; }

    void draw_axis(const Scale& x, double from, double height) {
        const auto ticks = round_ticks(from, high_, kMostTicks);
        const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : high_;
        for (const double tick : ticks) {
            figure_.open("path").with("class", "grid");
            figure_.with("d", "M" + coordinate(x.at(tick)) + " 18V" + coordinate(height)).close();
            figure_.open("text").with("class", "soft tiny mid").with("x", x.at(tick)).with("y", 12);
            figure_.text(tick_time(tick, step)).close().line_break();
        }
        if (measured(baseline())) {
            figure_.open("path").with("class", "base");
            figure_.with(
                "d", "M" + coordinate(x.at(baseline().median.value)) + " 18V" + coordinate(height));
            figure_.close().line_break();
        }
    }

    void draw_row(std::size_t index, const Scale& x, double middle) {
        const Row& row = table_.rows[index];
        const bool chosen = static_cast<int>(index) == table_.choice;
        figure_.open("g").open("text").with("class", "name end");
        figure_.with("x", left_ - 10).with("y", middle + 4);
        figure_.text(shortened(row.label(), kStripNameLimit)).close();
        figure_.open("path").with("class", "interval");
        figure_
            .with("d", "M" + coordinate(x.at(row.median.low)) + " " + coordinate(middle) + "H" +
                           coordinate(std::max(x.at(row.median.low) + 1, x.at(row.median.high))))
            .close();
        const std::size_t step = 1 + row.runs.size() / std::max<std::size_t>(detail_.points, 10);
        for (std::size_t i = 0; i < row.runs.size(); i += step) {
            const auto lane = static_cast<double>(i / step % kLanes) - (kLanes - 1) / 2.0;
            figure_.open("circle").with("class", "dot").with("cx", x.at(row.runs[i].wall_s));
            figure_.with("cy", middle + lane * kLane).with("r", 3.2).close();
        }
        figure_.open("path").with("class", "mark");
        figure_
            .with("d",
                  "M" + coordinate(x.at(row.median.value)) + " " + coordinate(middle - 11) + "v22")
            .close();
        figure_.open("text").with("class", chosen ? "halo name" : "halo soft tiny");
        figure_.with("x", kStripsRight + 12).with("y", middle + 4);
        figure_.text(beside_baseline(index, chosen)).close();
        figure_.close().line_break();
    }

    /// "1.31 times faster", "no difference".
    std::string beside_baseline(std::size_t index, bool chosen) const {
        const Row& row = table_.rows[index];
        const std::string take = chosen ? "▲ " : "";
        if (static_cast<int>(index) == table_.baseline) {
            return take + "baseline";
        }
        if (!row.differs || !(row.ratio.value > 0)) {
            return take + "no difference";
        }
        const bool faster = row.ratio.value < 1;
        const double times = faster ? 1 / row.ratio.value : row.ratio.value;
        const auto hundredths = std::lround(std::min(times, 1e6) * 100);
        const std::string digits = std::to_string(hundredths % 100);
        return take + std::to_string(hundredths / 100) + "." + (digits.size() < 2 ? "0" : "") +
               digits + "× " + (faster ? "faster" : "slower");
    }

    const Table& table_;
    const Detail& detail_;
    std::vector<std::size_t> rows_;  ///< of the table, the fastest first
    double low_ = std::numeric_limits<double>::max();
    double high_ = 0;
    double left_ = 0;
    Markup figure_;
};

}  // namespace

std::string strip_figure(const Table& table, const Detail& detail) {
    return Strips(table, detail).draw();
}

}  // namespace pipectl
