#include "orchestrator/pages/compare_page.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/compare/cells.hpp"
#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/report/wording.hpp"

namespace pipectl {
namespace {

using compare::Comparison;
using compare::Row;
using compare::Table;

constexpr std::size_t kSentenceLimit = 800;
constexpr double kWorthShading = 0.02;  // a ratio this near to 1 gets no colour

/// "2.4 ×"; a change of less than a twentieth is none.
std::string factor(double ratio) {
    if (!std::isfinite(ratio) || ratio <= 0) {
        return {};
    }
    if (std::abs(ratio - 1) < 0.05) {
        return "the same";
    }
    const auto tenths = std::lround(std::min(ratio, 1e9) * 10);
    return tenths >= 100 ? std::to_string((tenths + 5) / 10) + " ×"
                         : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ×";
}

/// Why it is slower or faster than the baseline: what it uses beside it.
std::string costs_of(const Row& row, const Row& baseline) {
    if (&row == &baseline || !measured(baseline)) {
        return {};
    }
    std::string text;
    const auto add = [&](const char* name, double value, double other) {
        const std::string words = other > 0 ? factor(value / other) : "";
        if (!words.empty()) {
            text += (text.empty() ? "" : ", ") + std::string(name) + " " + words;
        }
    };
    add("CPU", row.cpu_s, baseline.cpu_s);
    add("switches", row.switches, baseline.switches);
    add("memory", row.rss_bytes, baseline.rss_bytes);
    return text;
}

class ComparePage {
  public:
    ComparePage(const Comparison& comparison, const Detail& detail)
        : comparison_(comparison), detail_(detail) {}

    std::string render() {
        add_head();
        add_what_to_do();
        add_strips();
        add_figures();
        add_limits();
        add_matrix();
        add_failed();
        add_proof();
        body_.open("footer");
        body_.text(
            "Made by pipectl. All channels ran in turn, in an order that was shuffled for "
            "every round; intervals are bootstrapped over the rounds.");
        body_.close().line_break();
        return body_.take();
    }

  private:
    void heading(const char* text) { body_.leaf("h2", text).line_break(); }

    void add_head() {
        const Table& table = comparison_.table;
        const bool nothing = table.choice < 0;
        const bool wrong = nothing || comparison_.same_bytes == false;
        const char* style = wrong ? "bad" : table.worth_changing() ? "good" : "warned";
        const char* sign = wrong ? "✗" : table.worth_changing() ? "✓" : "=";
        body_.open("header").line_break();
        body_.leaf("h1", shortened(comparison_.pipeline, kTitleLimit) + " over several channels");
        std::string where = std::to_string(comparison_.rounds) + " runs of each channel";
        if (comparison_.interrupted) {
            where += ", interrupted before they were all done";
        }
        for (const std::string& part : {comparison_.started_at, comparison_.source}) {
            where += part.empty() ? "" : " · " + shortened(part, kTitleLimit);
        }
        if (!table.stage.empty()) {
            where += " · the edges that feed '" + shortened(table.stage, kTitleLimit) + "'";
        }
        body_.line_break().leaf("p", "soft small", where).line_break();
        body_.open("p").with("class", std::string("verdict ") + style);
        body_.open("span").with("class", "sign").with("aria-hidden", "true").text(sign).close();
        body_.text(shortened(comparison_.answer, kSentenceLimit)).close().line_break();
        if (comparison_.same_bytes == false) {
            body_.open("p").leaf("strong", "is-bad",
                                 "Not every channel delivered the same bytes: see below.");
            body_.close().line_break();
        }
        body_.close().line_break();
    }

    void add_what_to_do() {
        if (!comparison_.toml.empty()) {
            body_.leaf("p", "In the definition (or compare --apply):").line_break();
            body_.leaf("pre", comparison_.toml.substr(0, 4000)).line_break();
        }
        if (!comparison_.command.empty()) {
            body_.leaf("p", "To repeat it:").line_break();
            body_.leaf("pre", one_line(comparison_.command).substr(0, 4000)).line_break();
        }
        const std::size_t shown = std::min<std::size_t>(comparison_.warnings.size(), 20);
        if (shown == 0) {
            return;
        }
        body_.open("div").with("class", "callout").line_break();
        for (std::size_t i = 0; i < shown; ++i) {
            body_.open("p").leaf("strong", "is-warned", "Warning: ");
            body_.text(shortened(comparison_.warnings[i], kSentenceLimit)).close().line_break();
        }
        body_.close().line_break();
    }

    void add_strips() {
        const std::string figure = strip_figure(comparison_.table, detail_);
        if (!figure.empty()) {
            heading("Every run");
            body_.raw(figure);
        }
    }

    void add_figures() {
        const Table& table = comparison_.table;
        const compare::Cells cells = compare::figure_cells(table);
        if (cells.rows.empty()) {
            return;
        }
        heading("In figures");
        const Row& baseline = table.rows[table.baseline];
        body_.open("div").with("class", "scroll").open("table").line_break();
        body_.leaf("caption", "Medians of the runs. * differs significantly from " +
                                  shortened(baseline.label(), kTitleLimit) +
                                  " (p below 0.05, corrected for the number of channels).");
        body_.line_break().open("thead").open("tr");
        for (std::size_t i = 0; i < cells.head.size(); ++i) {
            body_.open("th").with("scope", "col").with("class", i == 0 ? "" : "n");
            body_.text(cells.head[i]).close();
        }
        body_.open("th").with("scope", "col").with("class", "n").text("p").close();
        body_.open("th").with("scope", "col").text("what it uses beside the baseline").close();
        body_.close().close().line_break().open("tbody").line_break();
        const std::size_t shown = std::min(cells.rows.size(), detail_.rows);
        for (std::size_t i = 0; i < shown; ++i) {
            add_row(cells.rows[i], baseline);
        }
        body_.close().close().close().line_break();
    }

    void add_row(const std::vector<std::string>& cells, const Row& baseline) {
        const Table& table = comparison_.table;
        const auto row = std::ranges::find_if(
            table.rows, [&](const Row& each) { return each.label() == cells.front(); });
        const bool chosen = row - table.rows.begin() == table.choice;
        body_.open("tr").with("class", chosen ? "best" : "").open("th").with("scope", "row");
        body_.text(shortened(cells.front(), detail_.command)).close();
        for (std::size_t i = 1; i < cells.size(); ++i) {
            body_.leaf("td", "n", cells[i]);
        }
        if (row == table.rows.end() || &*row == &baseline) {
            body_.leaf("td", "n", "–").leaf("td", "baseline");
        } else {
            const bool tiny = row->p_value < 0.001;
            const auto thousandths = std::lround(
                std::clamp(std::isfinite(row->p_value) ? row->p_value : 1, 0.0, 1.0) * 1000);
            const std::string digits = std::to_string(1000 + thousandths % 1000).substr(1);
            body_.leaf("td", "n",
                       tiny ? "<0.001" : std::to_string(thousandths / 1000) + "." + digits);
            std::string costs = costs_of(*row, baseline);
            if (row->outliers > 0) {
                costs += (costs.empty() ? "" : "; ") + std::to_string(row->outliers) +
                         (row->outliers == 1 ? " outlier" : " outliers");
            }
            body_.leaf("td", costs);
        }
        body_.close().line_break();
    }

    /// A cell is shaded by how much faster (blue) or slower (orange) it is; its text says it too.
    static std::string shade(const Row& row) {
        const double ratio = row.ratio.value;
        if (!measured(row) || !row.differs || !(ratio > 0) || std::abs(ratio - 1) < kWorthShading) {
            return {};
        }
        const double strength = std::min(1.0, std::abs(std::log2(ratio)));
        const auto step = std::to_string(1 + static_cast<int>(strength * 3.99));
        return (ratio < 1 ? "faster-" : "slower-") + step;
    }

    void add_matrix() {
        const compare::Cells cells = compare::matrix_cells(comparison_);
        if (cells.rows.empty()) {
            return;
        }
        heading("One edge at a time");
        body_.open("div").with("class", "scroll").open("table").line_break();
        body_.leaf("caption",
                   "Time of the whole run with the channel on the edges into one stage only, by "
                   "that of the baseline there: below 1 is faster. * significant.");
        body_.line_break().open("thead").open("tr");
        for (std::size_t i = 0; i < cells.head.size(); ++i) {
            body_.open("th").with("scope", "col").with("class", i == 0 ? "" : "n");
            body_.text(shortened(cells.head[i], detail_.command)).close();
        }
        body_.close().close().line_break().open("tbody").line_break();
        const std::size_t shown = std::min(cells.rows.size(), detail_.rows);
        for (std::size_t i = 0; i < shown; ++i) {
            body_.open("tr").open("th").with("scope", "row");
            body_.text(shortened(cells.rows[i].front(), detail_.command)).close();
            for (std::size_t k = 1; k < cells.rows[i].size() && k <= detail_.rows; ++k) {
                const auto& rows = comparison_.matrix[k - 1].rows;
                body_.open("td").with("class", "n " + (i < rows.size() ? shade(rows[i]) : ""));
                body_.text(cells.rows[i][k]).close();
            }
            body_.close().line_break();
        }
        body_.close().close().close().line_break();
    }

    void list(const std::vector<std::string>& lines, std::size_t limit = 0) {
        body_.open("ul").with("class", "plain").line_break();
        const std::size_t shown = std::min(lines.size(), detail_.rows);
        for (std::size_t i = 0; i < shown; ++i) {
            body_.leaf("li", shortened(lines[i], limit > 0 ? limit : detail_.command * 2))
                .line_break();
        }
        body_.close().line_break();
    }

    void add_limits() {
        const auto lines = compare::limit_lines(comparison_.table);
        if (!lines.empty()) {
            heading("What limits each channel");
            list(lines, kSentenceLimit);
        }
    }

    void add_failed() {
        const auto lines = compare::failed_lines(comparison_);
        if (!lines.empty()) {
            heading("Not measured");
            list(lines);
        }
    }

    void add_proof() {
        if (comparison_.sinks.empty()) {
            return;
        }
        heading("The same bytes?");
        const char* words = !comparison_.same_bytes
                                ? "The pipeline itself does not give the same bytes each time, so "
                                  "channels cannot be held against each other."
                            : *comparison_.same_bytes
                                ? "Yes: every run of every channel delivered the bytes of the "
                                  "reference run to every sink."
                                : "No: some channel delivered other bytes than the reference run.";
        body_.leaf("p", comparison_.same_bytes == false ? "is-bad" : "", words).line_break();
        body_.open("div").with("class", "scroll").open("table").line_break();
        body_.leaf("caption", "The sinks of the reference run, the definition as it is.");
        body_.open("thead").open("tr").open("th").with("scope", "col").text("sink").close();
        body_.open("th").with("scope", "col").with("class", "n").text("bytes").close();
        body_.open("th").with("scope", "col").text("XXH3").close().close().close();
        body_.line_break().open("tbody").line_break();
        const std::size_t shown = std::min(comparison_.sinks.size(), detail_.rows);
        for (std::size_t i = 0; i < shown; ++i) {
            const compare::Sink& sink = comparison_.sinks[i];
            body_.open("tr").open("th").with("scope", "row");
            body_.text(shortened(sink.name, detail_.command)).close();
            body_.leaf("td", "n", bytes_or_dash(sink.bytes));
            body_.leaf("td", "mono", shortened(sink.digest, 40)).close().line_break();
        }
        body_.close().close();
        body_.close().line_break();
        std::vector<std::string> others;
        for (const Row& row : comparison_.table.rows) {
            if (row.same_bytes == false) others.push_back(row.label() + ": XXH3 " + row.digest);
        }
        if (!others.empty()) {
            body_.leaf("p", "is-bad", "Other bytes came over:").line_break();
            list(others);
        }
    }

    const Comparison& comparison_;
    const Detail& detail_;
    Markup body_;
};

}  // namespace

std::string render_compare_page(const Comparison& comparison) {
    const std::string title = shortened(comparison.pipeline, kTitleLimit) + ": " +
                              shortened(comparison.answer, kTitleLimit);
    const std::string json = compare::render_json(comparison);
    std::string page;
    for (const Detail& detail : kDetails) {
        page = render_page(title, ComparePage(comparison, detail).render(),
                           json.size() <= detail.data ? json : std::string());
        if (page.size() <= kLargestPage) {
            break;
        }
    }
    return page;
}

}  // namespace pipectl
