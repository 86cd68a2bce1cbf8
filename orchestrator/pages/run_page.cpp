#include "orchestrator/pages/run_page.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/flow.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/report/record.hpp"
#include "orchestrator/report/story.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kTextLimit = 6000;  // bytes of a story or of the last lines of a stderr
constexpr std::size_t kListLimit = 30;

/// The verdict as a sign, a colour and a sentence.
struct Outcome {
    const char* style;
    const char* sign;
    std::string words;
};

std::size_t count_stages(const Summary& summary, bool helpers) {
    return std::ranges::count(summary.stages, helpers, &StageSummary::helper);
}

bool nothing_started(const Summary& summary) {
    return std::ranges::none_of(summary.stages,
                                [](const auto& stage) { return stage.pid.has_value(); });
}

Outcome verdict_of(const Summary& summary) {
    const std::string time = format_duration(summary.wall_s);
    if (!summary.end) {
        return {"warned", "?",
                "The end of the run was not recorded; what is known ends after " + time + "."};
    }
    const RunEnded& end = *summary.end;
    const std::string status = end.signal != 0 ? "signal " + signal_name(end.signal)
                                               : "exit status " + std::to_string(end.exit);
    switch (end.verdict) {
        case Verdict::ok: return {"good", "✓", "Succeeded in " + time + "."};
        case Verdict::cut:
            return {"good", "✓", "Succeeded in " + time + ": whoever read its output had enough."};
        case Verdict::timeout: return {"bad", "✗", "Timed out after " + time + ", " + status + "."};
        case Verdict::cancelled:
            return {"warned", "!", "Was cancelled after " + time + ", " + status + "."};
        default: break;
    }
    if (nothing_started(summary) && summary.items.empty()) {
        return {"bad", "✗", "Was refused, " + status + ": nothing was started."};
    }
    return {"bad", "✗", "Failed after " + time + ", " + status + "."};
}

class RunPage {
  public:
    RunPage(const Summary& summary, const Detail& detail, const ItemRuns* runs = nullptr)
        : summary_(summary), detail_(detail), runs_(runs) {}

    std::string render() {
        add_head();
        if (runs_ != nullptr) {
            heading("Every item");
            body_.raw(items_figure(summary_, *runs_, detail_));
            add_foot();
            return body_.take();
        }
        add_figures();
        add_graph();
        add_timeline();
        add_times();
        add_edges();
        add_stages();
        add_last_words();
        add_rest();
        add_foot();
        return body_.take();
    }

  private:
    void heading(const char* text) { body_.leaf("h2", text).line_break(); }

    void add_head() {
        const Outcome verdict = verdict_of(summary_);
        body_.open("header").line_break();
        body_.leaf("h1", shortened(summary_.pipeline, kTitleLimit)).line_break();
        std::string where = "run " + shortened(summary_.run, kTitleLimit);
        if (!summary_.started_at.empty()) {
            where += " · started " + shortened(summary_.started_at, kTitleLimit);
        }
        if (!summary_.source.empty()) {
            where += " · " + shortened(summary_.source, kTitleLimit);
        }
        body_.leaf("p", "soft small", where).line_break();
        body_.open("p").with("class", std::string("verdict ") + verdict.style);
        body_.open("span").with("class", "sign").with("aria-hidden", "true").text(verdict.sign);
        body_.close().text(verdict.words).close().line_break();
        const std::string story = render_story(summary_, false);
        if (!story.empty()) {
            body_.leaf("pre", first_of(story, kTextLimit)).line_break();
        }
        if (summary_.bottleneck) {
            body_.open("div").with("class", "callout");
            body_.open("p").leaf("strong", "What limited it: ");
            body_.text(shortened(summary_.bottleneck->reason, 600)).close();
            if (!summary_.bottleneck->suggestion.empty()) {
                body_.leaf("p", "soft", "Try: " + shortened(summary_.bottleneck->suggestion, 600));
            }
            body_.close().line_break();
        }
        body_.close().line_break();
    }

    void figure(const char* name, const std::string& value, const std::string& note = {}) {
        body_.open("li").leaf("span", "soft", name).open("strong").text(value);
        if (!note.empty()) {
            body_.text(" ").leaf("small", note);
        }
        body_.close().close().line_break();
    }

    void add_figures() {
        double cpu = 0;
        long memory = 0;
        for (const StageSummary& stage : summary_.stages) {
            cpu += stage.use.user_s + stage.use.system_s;
            memory = std::max(memory, stage.use.max_rss_bytes);
        }
        const EdgeAccounted* const widest = widest_edge(summary_);
        body_.open("ul").with("class", "figures").line_break();
        figure("wall time", format_duration(summary_.wall_s));
        figure("CPU time", format_duration(cpu),
               summary_.wall_s > 0 ? percent_of_one(cpu / summary_.wall_s) : "");
        if (memory > 0) {
            figure("largest process", format_memory(memory));
        }
        if (widest != nullptr) {
            const double rate =
                summary_.wall_s > 0 ? static_cast<double>(*widest->bytes) / summary_.wall_s : 0;
            figure("widest edge", bytes_or_dash(widest->bytes, widest->bytes_are),
                   rate > 0 ? rate_text(rate, widest->bytes_are) : "");
        }
        const std::size_t helpers = count_stages(summary_, true);
        figure("stages", std::to_string(count_stages(summary_, false)),
               helpers > 0
                   ? "+ " + std::to_string(helpers) + (helpers == 1 ? " helper" : " helpers")
                   : "");
        figure("edges", std::to_string(summary_.edges.size()));
        body_.close().line_break();
    }

    /// "1.8 processors busy": more than one may be.
    static std::string percent_of_one(double processors) {
        const auto tenths = std::lround(std::clamp(processors, 0.0, 1e6) * 10);
        return "≈ " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
               " processors";
    }

    void add_graph() {
        if (summary_.stages.empty()) return;
        heading("What fed what");
        body_.raw(colours()).raw(graph_figure(summary_, detail_));
    }

    void add_timeline() {
        if (nothing_started(summary_)) return;
        heading("When");
        body_.raw(colours()).raw(timeline_figure(summary_, detail_));
    }

    [[nodiscard]] bool sampled() const {
        return std::ranges::any_of(summary_.stages,
                                   [](const auto& stage) { return shares_of(stage).has_value(); });
    }

    /// What the colours mean, where there are some.
    [[nodiscard]] std::string colours() const { return sampled() ? legend() : std::string(); }

    void add_times() {
        if (!sampled()) return;
        heading("Where the time went");
        body_.raw(time_table(summary_, detail_));
    }

    void add_edges() {
        if (summary_.edges.empty()) return;
        heading("What went over each edge");
        body_.raw(edge_table(summary_, detail_));
    }

    void add_stages() {
        if (summary_.stages.empty()) return;
        heading("Every process");
        body_.raw(stage_table(summary_, detail_));
    }

    /// Those that went wrong first.
    void add_last_words() {
        std::vector<const StageSummary*> speakers;
        for (const StageSummary& stage : summary_.stages) {
            if (!stage.stderr_tail.empty()) speakers.push_back(&stage);
        }
        if (speakers.empty()) return;
        std::ranges::stable_sort(speakers, [](const auto* a, const auto* b) {
            return went_wrong(*a) && !went_wrong(*b);
        });
        heading("Last lines of stderr");
        for (std::size_t i = 0; i < std::min(speakers.size(), detail_.texts); ++i) {
            body_.leaf("p", "mono", shortened(speakers[i]->name, kTitleLimit)).line_break();
            body_.leaf("pre", first_of(speakers[i]->stderr_tail, kTextLimit)).line_break();
        }
        if (speakers.size() > detail_.texts) {
            body_.leaf("p", "soft",
                       "And " + std::to_string(speakers.size() - detail_.texts) +
                           " more stages wrote to stderr.");
        }
    }

    void add_rest() {
        std::vector<std::string> lines;
        for (const OutputDecided& output : summary_.outputs) {
            std::string line = shortened(output.path, kTitleLimit) +
                               (output.replaced ? ": was replaced" : ": was not replaced");
            if (!output.error.empty()) {
                line += " (" + shortened(output.error, 300) + ")";
            }
            lines.push_back(std::move(line));
        }
        if (!lines.empty()) {
            heading("Files");
            list(lines);
        }
        lines.clear();
        for (const LeftoverFound& leftover : summary_.leftovers) {
            lines.push_back(shortened(leftover.command, kTitleLimit) + " (pid " +
                            std::to_string(leftover.pid) + ")" +
                            (leftover.stage.empty()
                                 ? ""
                                 : " of stage " + shortened(leftover.stage, kTitleLimit)) +
                            (leftover.kept ? " runs on (detach = true)" : " was ended"));
        }
        if (!lines.empty()) {
            heading("Processes that were left");
            list(lines);
        }
    }

    void list(const std::vector<std::string>& lines) {
        body_.open("ul").with("class", "plain").line_break();
        for (std::size_t i = 0; i < std::min(lines.size(), kListLimit); ++i) {
            body_.leaf("li", lines[i]).line_break();
        }
        if (lines.size() > kListLimit) {
            body_.leaf("li", "and " + std::to_string(lines.size() - kListLimit) + " more");
        }
        body_.close().line_break();
    }

    void add_foot() {
        body_.open("footer");
        body_.text(
            "Made by pipectl from a run's record. Times of waiting are shares of samples; ≈ stands "
            "before bytes that are the kernel's count for a whole process. Processes were held "
            "by ");
        body_.text(summary_.cleanup == "cgroup" ? "a control group." : "subreapers.");
        body_.close().line_break();
    }

    const Summary& summary_;
    const Detail& detail_;
    const ItemRuns* runs_;  ///< of a [for-each]; null: it is one run
    Markup body_;
};

/// The record with fewer moments until it fits, or nothing.
std::string embedded_record(const Summary& summary, std::size_t limit) {
    if (limit == 0) {
        return {};
    }
    Summary thinned = summary;
    for (;;) {
        std::string record = render_record_json(thinned);
        if (record.size() <= limit) {
            return record;
        }
        if (thinned.moments.empty()) {
            return {};
        }
        std::vector<Moment> fewer;
        // to the nearest power of two of what is too much
        const std::size_t step = std::max<std::size_t>(2, record.size() / limit);
        for (std::size_t i = step - 1; i < thinned.moments.size() && step < 100; i += step) {
            fewer.push_back(std::move(thinned.moments[i]));
        }
        thinned.moments = std::move(fewer);
    }
}

std::string render_in_bounds(const Summary& summary, const ItemRuns* runs) {
    std::string page;
    const std::string title =
        shortened(summary.pipeline, kTitleLimit) + ": " + verdict_of(summary).words;
    for (const Detail& detail : kDetails) {
        page = render_page(title, RunPage(summary, detail, runs).render(),
                           embedded_record(summary, detail.data));
        if (page.size() <= kLargestPage) {
            break;
        }
    }
    return page;
}

}  // namespace

std::string render_run_page(const Summary& summary) {
    return render_in_bounds(summary, nullptr);
}

std::string render_items_page(const Summary& summary, const ItemRuns& runs) {
    return render_in_bounds(summary, &runs);
}

}  // namespace pipectl
