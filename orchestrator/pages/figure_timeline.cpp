// The timeline of a run: what each process did, over the time of the run.

#include <algorithm>
#include <array>
#include <vector>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/pages/scale.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr double kMostTimelineNames = 180;  // room for names
constexpr double kTimelineRight = 990;      // the rest is for the ends' words
constexpr double kTimelineRow = 24;         // from one row to the next
constexpr double kBar = 14;
constexpr std::size_t kTimelineNameLimit = 22;

/// What a process did from one time to another.
struct Stretch {
    Activity activity;
    double from, to;
};

/// The most frequent activity of `count` moments from `first` on.
Activity usual(const Summary& summary, std::size_t stage, std::size_t first, std::size_t count) {
    std::array<int, 7> votes{};
    for (std::size_t i = first; i < first + count; ++i) {
        const auto& processes = summary.moments[i].seen.processes;
        if (stage < processes.size()) {
            const Activity seen = processes[stage].activity;
            // as in its account: a time that it neither worked nor waited for a neighbour
            const Activity counted = seen == Activity::stopped ? Activity::sleeping : seen;
            ++votes.at(static_cast<std::size_t>(counted));
        }
    }
    return static_cast<Activity>(std::max_element(votes.begin(), votes.end()) - votes.begin());
}

/// Each sample speaks for the time half-way to its neighbours, within the life of the process.
std::vector<Stretch> stretches_of(const Summary& summary, std::size_t stage, std::size_t most) {
    const auto& moments = summary.moments;
    const StageSummary& whose = summary.stages[stage];
    if (moments.empty() || most == 0 || !whose.start_s) {
        return {};
    }
    const double begin = *whose.start_s;
    const double end = whose.end_s.value_or(summary.wall_s);
    const std::size_t group = (moments.size() + most - 1) / most;
    const auto border = [&](std::size_t moment) {  // before this moment
        if (moment == 0) return begin;
        if (moment >= moments.size()) return end;
        return (moments[moment - 1].at_s + moments[moment].at_s) / 2;
    };
    std::vector<Stretch> stretches;
    for (std::size_t first = 0; first < moments.size(); first += group) {
        const std::size_t count = std::min(group, moments.size() - first);
        const Activity activity = usual(summary, stage, first, count);
        const double from = std::clamp(border(first), begin, std::max(begin, end));
        const double to = std::clamp(border(first + count), begin, std::max(begin, end));
        if (activity == Activity::absent || to <= from) continue;
        if (!stretches.empty() && stretches.back().activity == activity &&
            stretches.back().to >= from) {
            stretches.back().to = to;
        } else {
            stretches.push_back({activity, from, to});
        }
    }
    return stretches;
}

class Timeline {
  public:
    Timeline(const Summary& summary, const Detail& detail)
        : summary_(summary),
          detail_(detail),
          left_(room_for_names(summary)),
          x_(0, summary.wall_s, left_, kTimelineRight) {}

    std::string draw() {
        std::vector<std::size_t> rows;
        for (const bool helpers : {false, true}) {
            for (std::size_t i = 0; i < summary_.stages.size(); ++i) {
                if (summary_.stages[i].helper == helpers) rows.push_back(i);
            }
        }
        const std::size_t shown = std::min(rows.size(), detail_.rows);
        height_ = kAxisHeight + kTimelineRow * static_cast<double>(shown) + 4;
        figure_.open("figure").line_break().open("div").with("class", "scroll").line_break();
        figure_.open("svg").with("viewBox", "0 0 1120 " + coordinate(height_));
        figure_.with("style", "min-width:760px").with("role", "img");
        figure_.with("aria-label", "Timeline of the processes of the run").line_break();
        draw_axis();
        for (std::size_t row = 0; row < shown; ++row) {
            draw_row(rows[row], kAxisHeight + kTimelineRow * static_cast<double>(row));
        }
        if (summary_.cancel) {
            const double x = x_.at(summary_.cancel->at_s);
            figure_.open("g").leaf("title", "the rest was cancelled here, after " +
                                                format_duration(summary_.cancel->at_s));
            figure_.open("path").with("class", "cancel");
            figure_.with("d", "M" + coordinate(x) + " 16V" + coordinate(height_)).close().close();
        }
        figure_.close().close().line_break();
        figure_.leaf("figcaption", caption(rows.size() - shown)).line_break();
        figure_.close().line_break();
        return figure_.take();
    }

  private:
    static double room_for_names(const Summary& summary) {
        std::size_t longest = 0;
        for (const StageSummary& stage : summary.stages) {
            longest = std::max(longest, width_of(shown_name(stage, kTimelineNameLimit)));
        }
        return std::min(kMostTimelineNames, 16 + kBoldCharacter * static_cast<double>(longest));
    }

    std::string caption(std::size_t hidden) const {
        std::string text = "▽ first byte seen at the output.";
        if (std::ranges::none_of(summary_.stages, [](const StageSummary& stage) {
                return stage.account && stage.account->first_byte_s;
            })) {
            text.clear();
        }
        if (summary_.cancel) {
            text += " The dashed line: the run was ended from here on.";
        }
        if (summary_.moments.empty()) {
            text += " The run was over before anybody looked: only starts and ends are known.";
        } else {
            const std::size_t looks = summary_.moments.size();
            text += " Sampled " + (looks == 1 ? "once" : std::to_string(looks) + " times") + ".";
        }
        if (hidden > 0) {
            text += " And " + std::to_string(hidden) + " more processes, not drawn.";
        }
        return text;
    }

    void draw_axis() {
        const auto ticks = round_ticks(0, summary_.wall_s, kMostTicks);
        const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : summary_.wall_s;
        for (const double tick : ticks) {
            const double x = x_.at(tick);
            figure_.open("path").with("class", "grid");
            figure_.with("d", "M" + coordinate(x) + " 18V" + coordinate(height_)).close();
            figure_.open("text").with("class", "soft tiny mid").with("x", x).with("y", 12);
            figure_.text(tick_time(tick, step)).close().line_break();
        }
    }

    void draw_row(std::size_t index, double top) {
        const StageSummary& stage = summary_.stages[index];
        const double middle = top + kTimelineRow / 2;
        figure_.open("g").leaf("title", tooltip(stage));
        figure_.open("text").with("class", stage.helper ? "soft end" : "name end");
        figure_.with("x", left_ - 10).with("y", middle + 4);
        figure_.text(shown_name(stage, kTimelineNameLimit)).close();
        if (stage.start_s) {
            draw_life(index, middle);
        }
        const double at = stage.start_s ? x_.at(stage.end_s.value_or(summary_.wall_s)) : left_;
        figure_.open("text").with("class",
                                  went_wrong(stage) ? "halo failed tiny" : "halo soft tiny");
        figure_.with("x", at + 8).with("y", middle + 4).text(end_word(stage)).close();
        figure_.close().line_break();
    }

    void draw_life(std::size_t index, double middle) {
        const StageSummary& stage = summary_.stages[index];
        const double from = x_.at(*stage.start_s);
        const double to = std::max(from + 1.5, x_.at(stage.end_s.value_or(summary_.wall_s)));
        figure_.open("rect").with("class", "life").with("x", from).with("y", middle - kBar / 2);
        figure_.with("width", to - from).with("height", kBar).close();
        const auto stretches = stretches_of(summary_, index, detail_.moments);
        for (const Slice& slice : kSlices) {
            // one path for all stretches of a kind: pages have hundreds of rows
            std::string path;
            for (const Stretch& stretch : stretches) {
                if (stretch.activity != slice.activity) continue;
                const std::string width = coordinate(x_.at(stretch.to) - x_.at(stretch.from));
                path += "M" + coordinate(x_.at(stretch.from)) + " " +
                        coordinate(middle - kBar / 2) + "h" + width + "v14h-" + width + "z";
            }
            if (!path.empty()) {
                figure_.open("path").with("class", slice.style).with("d", path).close();
            }
        }
        if (stage.account && stage.account->first_byte_s) {
            const double x = x_.at(*stage.account->first_byte_s);
            figure_.open("path").with("class", "mark");
            figure_
                .with("d", "M" + coordinate(x - 4) + " " + coordinate(middle - 10) + "h8l-4 7zl4 0")
                .close();
        }
    }

    /// How long it took, and how it ended unless that was well.
    std::string end_word(const StageSummary& stage) const {
        const auto wall = wall_of(stage, summary_);
        std::string word = verdict_word(stage);
        if (!wall) {
            return word;
        }
        return format_duration(*wall) + (word == "ok" ? "" : " " + word);
    }

    std::string tooltip(const StageSummary& stage) const {
        std::string text = shown_name(stage, std::min(kTimelineNameLimit * 3, detail_.command)) +
                           ": " + verdict_word(stage);
        if (stage.start_s) {
            text += ", started at " + format_duration(*stage.start_s);
        }
        if (stage.account && stage.account->first_byte_s) {
            text += ", first byte at " + format_duration(*stage.account->first_byte_s);
        }
        if (stage.end_s) {
            text += ", ended at " + format_duration(*stage.end_s);
        }
        return text;
    }

    const Summary& summary_;
    const Detail& detail_;
    double left_;
    Scale x_;
    double height_ = 0;
    Markup figure_;
};

}  // namespace

std::string timeline_figure(const Summary& summary, const Detail& detail) {
    return Timeline(summary, detail).draw();
}

}  // namespace pipectl
