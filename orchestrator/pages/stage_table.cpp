// Everything that is known of each process of a run, as a table.

#include <algorithm>

#include "orchestrator/pages/figures.hpp"
#include "orchestrator/pages/markup.hpp"
#include "orchestrator/pages/page_words.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kTableNameLimit = 48;

void add_row(Markup& table, const Summary& summary, const StageSummary& stage,
             const Detail& detail) {
    table.open("tr");
    if (stage.helper) {
        table.with("class", "helper");
    }
    table.open("th")
        .with("scope", "row")
        .text(shown_name(stage, std::min(kTableNameLimit, detail.command)))
        .close();
    table.leaf("td", went_wrong(stage) ? "is-bad" : "", verdict_word(stage));
    table.leaf("td", stage.status ? short_status(*stage.status) : "–");
    const auto wall = wall_of(stage, summary);
    table.leaf("td", "n", stage.start_s ? format_duration(*stage.start_s) : "–");
    table.leaf("td", "n", wall ? format_duration(*wall) : "–");
    const bool ended = stage.end_s.has_value();
    table.leaf("td", "n", ended ? format_duration(stage.use.user_s) : "–");
    table.leaf("td", "n", ended ? format_duration(stage.use.system_s) : "–");
    table.leaf("td", "n", ended ? format_memory(stage.use.max_rss_bytes) : "–");
    table.leaf("td", "n",
               ended ? std::to_string(stage.use.voluntary_switches) + " / " +
                           std::to_string(stage.use.involuntary_switches)
                     : "–");
    const Account account = stage.account.value_or(Account());
    table.leaf("td", "n", bytes_or_dash(account.bytes_in, account.in_is));
    table.leaf("td", "n", bytes_or_dash(account.bytes_out, account.out_is));
    table.open("td").with("class", "command mono");
    table.text(shortened(quote_command(stage.argv), detail.command)).close();
    table.close().line_break();
}

/// Below its stage.
void add_replica(Markup& table, const ReplicaWork& replica, std::size_t number) {
    table.open("tr").with("class", "helper");
    table.open("th").with("scope", "row").text(replica_name(number)).close();
    table.leaf("td", "", blocks_of(replica));
    for (int column = 0; column < 3; ++column) {
        table.leaf("td", column > 0 ? "n" : "", "–");
    }
    table.leaf("td", "n", format_duration(replica.user_s));
    table.leaf("td", "n", format_duration(replica.system_s));
    table.leaf("td", "n", format_memory(static_cast<long>(replica.max_rss_bytes)));
    table.leaf("td", "n", "–");
    table.leaf("td", "n", bytes_or_dash(replica.bytes_in, Exactness::counted));
    table.leaf("td", "n", bytes_or_dash(replica.bytes_out, Exactness::counted));
    table.leaf("td", "", "");
    table.close().line_break();
}

}  // namespace

std::string stage_table(const Summary& summary, const Detail& detail) {
    Markup table;
    table.open("div").with("class", "scroll").open("table").line_break();
    std::string caption = "Switches: voluntary / involuntary. Helpers stand in brackets.";
    if (summary.stages.size() > detail.rows) {
        caption += " And " + std::to_string(summary.stages.size() - detail.rows) + " more.";
    }
    table.leaf("caption", caption).line_break().open("thead").open("tr");
    for (const char* head : {"stage", "verdict", "status"}) {
        table.open("th").with("scope", "col").text(head).close();
    }
    for (const char* head :
         {"start", "wall", "user", "sys", "memory", "switches", "read", "written"}) {
        table.open("th").with("scope", "col").with("class", "n").text(head).close();
    }
    table.open("th").with("scope", "col").text("command").close();
    table.close().close().line_break().open("tbody").line_break();
    std::size_t shown = 0;
    for (const bool helpers : {false, true}) {
        for (const StageSummary& stage : summary.stages) {
            if (stage.helper != helpers || shown >= detail.rows) continue;
            add_row(table, summary, stage, detail);
            ++shown;
            for (std::size_t i = 0; i < stage.replicas.size() && shown < detail.rows; ++i) {
                add_replica(table, stage.replicas[i], i);
                ++shown;
            }
        }
    }
    table.close().close().close().line_break();
    return table.take();
}

}  // namespace pipectl
