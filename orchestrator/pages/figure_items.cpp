// The items of a [for-each] as a table, and what is known of the stages of some of them.

#include <algorithm>
#include <cstddef>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/report/items_table.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kMostItems = 500;
constexpr std::size_t kItemLabelLimit = 80;
constexpr std::size_t kItemStoryLimit = 2000;  // bytes
/// Rows of tables that go with one item.
constexpr std::size_t kRowsOfItem = 10;

std::string anchor_of(std::size_t item) {
    return "item-" + std::to_string(item);
}

std::string shown_label(const ItemSummary& item) {
    return shortened(item_label(item), kItemLabelLimit);
}

class ItemsFigure {
  public:
    ItemsFigure(const Summary& summary, const ItemRuns& runs, const Detail& detail)
        : summary_(summary),
          runs_(runs),
          detail_(detail),
          shown_(std::min(runs.size(), detail.rows / kRowsOfItem)) {}

    std::string render() {
        add_table();
        for (std::size_t i = 0; i < shown_; ++i) {
            add_run(runs_[i].first, runs_[i].second);
        }
        if (shown_ < summary_.items.size()) {
            body_.leaf("p", "soft", "The stages of other items are not shown.").line_break();
        }
        return body_.take();
    }

  private:
    [[nodiscard]] bool is_shown(std::size_t item) const {
        const auto end = runs_.begin() + static_cast<std::ptrdiff_t>(shown_);
        return std::any_of(runs_.begin(), end, [&](const auto& run) { return run.first == item; });
    }

    void add_table() {
        const std::size_t rows = std::min({summary_.items.size(), kMostItems, detail_.rows});
        body_.open("div").with("class", "scroll").open("table").line_break();
        if (rows < summary_.items.size()) {
            const std::string more = std::to_string(summary_.items.size() - rows);
            body_.leaf("caption", "And " + more + " more items.").line_break();
        }
        body_.open("thead").open("tr");
        for (const char* head : {"item", "verdict"}) {
            body_.open("th").with("scope", "col").text(head).close();
        }
        for (const char* head : {"status", "wall", "to stdout"}) {
            body_.open("th").with("scope", "col").with("class", "n").text(head).close();
        }
        for (const char* head : {"failed", "run"}) {
            body_.open("th").with("scope", "col").text(head).close();
        }
        body_.close().close().line_break().open("tbody").line_break();
        for (std::size_t i = 0; i < rows; ++i) {
            add_row(i, summary_.items[i]);
        }
        body_.close().close().close().line_break();
    }

    void add_row(std::size_t index, const ItemSummary& item) {
        body_.open("tr").open("th").with("scope", "row");
        if (is_shown(index)) {
            body_.open("a").with("href", "#" + anchor_of(index)).text(shown_label(item)).close();
        } else {
            body_.text(shown_label(item));
        }
        body_.close();
        const bool over = item.start_s && item.end_s;
        const bool bad = item.end && !is_well(item.end->verdict);
        body_.leaf("td", bad ? "is-bad" : "",
                   item.end ? verdict_name(item.end->verdict) : "not started");
        body_.leaf("td", "n", item.end ? std::to_string(item.end->exit) : "–");
        body_.leaf("td", "n", over ? format_duration(*item.end_s - *item.start_s) : "–");
        body_.leaf("td", "n", over ? format_memory(static_cast<long>(item.bytes_out)) : "–");
        body_.leaf("td", shortened(item.failed, kItemLabelLimit));
        body_.leaf("td", "mono", item.run.substr(0, kShortId)).close().line_break();
    }

    void add_run(std::size_t index, const Summary& run) {
        body_.open("h3").with("id", anchor_of(index)).text(shown_label(summary_.items[index]));
        body_.close().line_break();
        const std::string story = render_story(run, false);
        if (!story.empty()) body_.leaf("pre", first_of(story, kItemStoryLimit)).line_break();
        body_.raw(stage_table(run, detail_));
    }

    const Summary& summary_;
    const ItemRuns& runs_;
    const Detail& detail_;
    std::size_t shown_;  ///< of the runs
    Markup body_;
};

}  // namespace

std::string items_figure(const Summary& summary, const ItemRuns& runs, const Detail& detail) {
    return ItemsFigure(summary, runs, detail).render();
}

}  // namespace pipectl
