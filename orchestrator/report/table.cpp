#include "orchestrator/report/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kColumns = 11;
using Row = std::array<std::string, kColumns>;

// names and words to the left, figures to the right
constexpr std::size_t kLeftColumns = 3;

std::string bytes_of(const std::optional<std::int64_t>& bytes, Exactness exactness) {
    return bytes ? marked(format_memory(*bytes), exactness) : "-";
}

/// A time as its share of the stage's whole.
std::string share_of(double time_s, const StageSummary& stage) {
    const double wall_s = *stage.end_s - *stage.start_s;
    if (stage.account->samples == 0 || wall_s <= 0) {
        return "-";
    }
    return std::to_string(std::lround(100 * std::clamp(time_s / wall_s, 0.0, 1.0))) + " %";
}

Row row_of(const StageSummary& stage) {
    Row row;
    const auto name = one_line(stage.name) + (stage.host.empty() ? "" : "@" + one_line(stage.host));
    row[0] = stage.helper ? "[" + name + "]" : name;
    row[1] = stage.verdict ? verdict_name(*stage.verdict) : stage.running() ? "running" : "waiting";
    if (stage.cached && stage.verdict && is_well(*stage.verdict)) row[1] = "cached";
    if (stage.restarts > 0) {
        row[1] += filled(", {} {}", stage.restarts, stage.restarts == 1 ? "restart" : "restarts");
    }
    row[2] = stage.status ? short_status(*stage.status) : "-";
    if (stage.start_s && stage.end_s) {
        row[3] = format_duration(*stage.end_s - *stage.start_s);
        row[4] = format_duration(stage.use.user_s);
        row[5] = format_duration(stage.use.system_s);
        row[6] = format_memory(stage.use.max_rss_bytes);
        if (stage.account) {
            row[7] = bytes_of(stage.account->bytes_in, stage.account->in_is);
            row[8] = bytes_of(stage.account->bytes_out, stage.account->out_is);
            row[9] = share_of(stage.account->input_s, stage);
            row[10] = share_of(stage.account->output_s, stage);
        }
    }
    for (auto& cell : row) {
        cell = cell.empty() ? "-" : cell;
    }
    return row;
}

/// Below its stage.
Row row_of(const ReplicaWork& replica, std::size_t number) {
    Row row;
    row.fill("-");
    row[0] = replica_name(number);
    row[1] = blocks_of(replica);
    row[4] = format_duration(replica.user_s);
    row[5] = format_duration(replica.system_s);
    row[6] = format_memory(static_cast<long>(replica.max_rss_bytes));
    row[7] = bytes_of(replica.bytes_in, Exactness::counted);
    row[8] = bytes_of(replica.bytes_out, Exactness::counted);
    return row;
}

Row total_of(const Summary& summary) {
    Row row;
    double user = 0;
    double system = 0;
    long most = 0;
    for (const auto& stage : summary.stages) {
        user += stage.use.user_s;
        system += stage.use.system_s;
        most = std::max(most, stage.use.max_rss_bytes);
    }
    row[0] = "the run";
    row[1] = summary.end ? verdict_name(summary.end->verdict) : "running";
    row[2] = !summary.end               ? "-"
             : summary.end->signal != 0 ? signal_name(summary.end->signal)
                                        : std::to_string(summary.end->exit);
    row[3] = format_duration(summary.wall_s);
    row[4] = format_duration(user);
    row[5] = format_duration(system);
    row[6] = format_memory(most);
    return row;
}

/// Empty for a run of which too little is known.
std::string bottleneck_lines(const Summary& summary) {
    if (summary.bottleneck) {
        const Bottleneck& found = *summary.bottleneck;
        return "bottleneck: " + found.reason + "\n" +
               (found.suggestion.empty() ? "" : "  hint: " + found.suggestion + "\n");
    }
    return summary.end && !summary.moments.empty()
               ? "bottleneck: no single stage decided how long the run took\n"
               : "";
}

Row skipped_row(const CacheUsed& used) {
    Row row;
    row.fill("-");
    row[0] = one_line(used.stage);
    row[1] = "skipped";
    return row;
}

/// What was kept for later runs, and what was not and why.
std::string cache_lines(const Summary& summary) {
    std::string text;
    for (const CacheUsed& used : summary.cache) {
        const std::string stage = "'" + one_line(used.stage) + "'";
        switch (used.what) {
            case CacheUsed::What::cached:
                text += "cached: " + stage + " was not run: " + format_memory(used.bytes) +
                        " that it wrote before\n";
                break;
            case CacheUsed::What::skipped:
                text += "skipped: " + stage + " was not started: " + one_line(used.reason) + "\n";
                break;
            case CacheUsed::What::kept:
                text += "kept: what " + stage + " wrote, " + format_memory(used.bytes) +
                        ", for later runs" +
                        (used.reason.empty() ? "" : "; it was run: " + one_line(used.reason)) +
                        "\n";
                break;
            case CacheUsed::What::not_kept:
                text += "not cached: " + stage + ": " + one_line(used.reason) + "\n";
                break;
            case CacheUsed::What::left:
                text += "left: what " + stage + " wrote, " + format_memory(used.bytes) + "\n";
                break;
        }
    }
    return text;
}

std::string coloured(const Colours& colours, const std::string& verdict,
                     const std::string& aligned) {
    if (verdict.starts_with("failed") || verdict.starts_with("timeout")) {
        return colours.red(aligned);
    }
    return verdict.starts_with("cancelled") || verdict == "not started" ? colours.yellow(aligned)
                                                                        : aligned;
}

}  // namespace

std::string render_table(const Summary& summary, bool colour) {
    const Colours colours(colour);
    std::vector<Row> rows = {{"stage", "verdict", "status", "wall", "user", "sys", "memory", "in",
                              "out", "starved", "blocked"}};
    for (const bool helpers : {false, true}) {
        for (const auto& stage : summary.stages) {
            if (stage.helper != helpers) continue;
            rows.push_back(row_of(stage));
            for (std::size_t i = 0; i < stage.replicas.size(); ++i) {
                rows.push_back(row_of(stage.replicas[i], i));
            }
        }
    }
    for (const CacheUsed& used : summary.cache) {
        if (used.what == CacheUsed::What::skipped) rows.push_back(skipped_row(used));
    }
    rows.push_back(total_of(summary));
    std::array<std::size_t, kColumns> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t i = 0; i < kColumns; ++i) {
            const auto& cell = rows[r][i];
            const std::string aligned =
                i < kLeftColumns ? padded(cell, widths[i]) : padded_left(cell, widths[i]);
            line += i == 0 ? "" : "  ";
            line += i == 1 && r > 0 ? coloured(colours, cell, aligned) : aligned;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += (r == 0 ? colours.bold(line) : line) + "\n";
    }
    for (std::size_t i = 0; i < summary.attempts.size(); ++i) {
        const AttemptSummary& attempt = summary.attempts[i];
        text += filled("attempt {}: {}, status {}, {}\n", i + 1, verdict_name(attempt.verdict),
                       attempt.exit, format_duration(attempt.end_s - attempt.start_s));
    }
    return text + cache_lines(summary) + bottleneck_lines(summary);
}

}  // namespace pipectl
