// Where the time of each stage went: a stacked bar beside its figures.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr double kBarWidth = 300;
constexpr double kBarHeight = 16;
constexpr std::size_t kBarNameLimit = 40;

std::string bar_of(const StageSummary& stage) {
    const auto shares = shares_of(stage);
    Markup bar;
    bar.open("svg").with("width", kBarWidth).with("height", kBarHeight).with("role", "img");
    bar.with("viewBox", "0 0 300 16").with("preserveAspectRatio", "none");
    bar.with("aria-label", shares ? "stacked bar of the shares in this row" : "not sampled");
    bar.open("rect")
        .with("class", "life")
        .with("width", kBarWidth)
        .with("height", kBarHeight)
        .close();
    double x = 0;
    for (std::size_t i = 0; shares && i < kSlices.size(); ++i) {
        const double width = kBarWidth * shares->at(i);
        if (width >= 0.05) {
            bar.open("rect").with("class", kSlices.at(i).style).with("x", x);
            bar.with("width", width).with("height", kBarHeight).close();
        }
        x += width;
    }
    bar.close();
    return bar.take();
}

void add_row(Markup& table, const Summary& summary, const StageSummary& stage, bool limits,
             const Detail& detail) {
    table.open("tr").open("th").with("scope", "row");
    table.text(shown_name(stage, std::min(kBarNameLimit, detail.command)));
    if (limits) {
        table.text(" ").leaf("span", "small", "◀ limits the run");
    }
    table.close().open("td").with("class", "bar").raw(bar_of(stage)).close();
    const auto shares = shares_of(stage);
    for (std::size_t i = 0; i < kSlices.size(); ++i) {
        table.leaf("td", "n", shares ? percent(shares->at(i)) : "–");
    }
    const auto wall = wall_of(stage, summary);
    table.leaf("td", "n", wall ? format_duration(*wall) : "–");
    table.leaf("td", "n",
               stage.end_s ? format_duration(stage.use.user_s + stage.use.system_s) : "–");
    const Account account = stage.account.value_or(Account());
    table.leaf("td", "n", bytes_or_dash(account.bytes_in, account.in_is));
    table.leaf("td", "n", bytes_or_dash(account.bytes_out, account.out_is));
    table.close().line_break();
}

}  // namespace

std::string time_table(const Summary& summary, const Detail& detail) {
    Markup table;
    table.open("div").with("class", "scroll").open("table").line_break();
    std::size_t shown = 0;
    std::size_t stages = 0;
    bool counted = true;
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) continue;
        ++stages;
        counted = counted && (!stage.account || (stage.account->in_is == Exactness::counted &&
                                                 stage.account->out_is == Exactness::counted));
    }
    std::string caption = "Shares of the samples that were taken of each stage.";
    if (!counted) {
        caption +=
            " ≈: the kernel's sum of all that a process read or wrote; ≤: of several "
            "processes, with what went between them.";
    }
    if (stages > detail.rows) {
        caption += " And " + std::to_string(stages - detail.rows) + " more stages.";
    }
    table.leaf("caption", caption).line_break().open("thead").open("tr");
    for (const char* head : {"stage", "where its time went"}) {
        table.open("th").with("scope", "col").text(head).close();
    }
    constexpr std::array kShareHeads = {"running", "starved", "blocked", "disk", "asleep"};
    for (std::size_t i = 0; i < kSlices.size(); ++i) {
        table.open("th").with("scope", "col").with("class", "n");
        table.open("span").with("class", std::string("swatch ") + kSlices.at(i).style);
        table.text(kShareHeads.at(i)).close().close();
    }
    for (const char* head : {"wall", "CPU", "in", "out"}) {
        table.open("th").with("scope", "col").with("class", "n").text(head).close();
    }
    table.close().close().line_break().open("tbody").line_break();
    for (std::size_t i = 0; i < summary.stages.size() && shown < detail.rows; ++i) {
        if (summary.stages[i].helper) continue;
        const bool limits = summary.bottleneck && std::cmp_equal(summary.bottleneck->stage, i);
        add_row(table, summary, summary.stages[i], limits, detail);
        ++shown;
    }
    table.close().close().close().line_break();
    return table.take();
}

}  // namespace pipectl
