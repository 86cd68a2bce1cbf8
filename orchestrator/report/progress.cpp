#include "orchestrator/report/progress.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "orchestrator/report/marks.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

/// Names of neighbours in a line; more are counted.
constexpr std::size_t kMostNeighbours = 2;
/// Below this share of the input a guess of the time left would jump about.
constexpr double kLeastDone = 0.005;
constexpr std::size_t kProgressColumns = 4;

using ProgressRow = std::array<std::string, kProgressColumns>;

const Sampled::Process* seen_of(const Moment& moment, std::size_t stage) {
    return stage < moment.seen.processes.size() ? &moment.seen.processes[stage] : nullptr;
}

/// The names at the other ends of the edges that `mine` is one end of.
std::string neighbours(const Summary& summary, const std::string& name,
                       std::string EdgeSummary::*mine, std::string EdgeSummary::*other) {
    std::vector<std::string> names;
    const auto stage_of = [](const std::string& port) { return port.substr(0, port.rfind('.')); };
    for (const EdgeSummary& edge : summary.edges) {
        if (stage_of(edge.*mine) == name) {
            names.push_back(stage_of(edge.*other));
        }
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNeighbours); ++i) {
        text += (i == 0 ? "'" : ", '") + one_line(names[i]) + "'";
    }
    return names.size() > kMostNeighbours
               ? filled("{} and {} more", text, names.size() - kMostNeighbours)
               : text;
}

std::string waiting_for(const char* what, const std::string& whom, const char* joint,
                        const char* outside) {
    return std::string("waits for ") + what + joint + (whom.empty() ? outside : whom);
}

bool has_reader(const Summary& summary, const StageSummary& stage) {
    return !neighbours(summary, stage.name, &EdgeSummary::from, &EdgeSummary::to).empty();
}

/// What it has written for others to read, or has read where nobody reads it.
std::int64_t bytes_of(const Moment& moment, std::size_t stage, bool output) {
    const auto* const seen = seen_of(moment, stage);
    return seen == nullptr ? -1 : output ? seen->bytes_out : seen->bytes_in;
}

ProgressRow row_of(const Summary& summary, std::size_t index) {
    const StageSummary& stage = summary.stages[index];
    ProgressRow row;
    row[0] = one_line(stage.name);
    if (!stage.start_s) {
        row[3] = "waits to be started";
    } else if (stage.rests) {
        row[3] = filled("rests before restart {}", stage.restarts);
    } else if (stage.end_s) {
        row[3] = stage.verdict ? verdict_name(*stage.verdict) : "ended";
        row[3] += filled(" after {}", format_duration(*stage.end_s - *stage.start_s));
    } else {
        row[3] = activity_of(summary, index);
    }
    if (summary.moments.empty()) {
        return row;
    }
    const Moment& first = summary.moments.front();
    const Moment& last = summary.moments.back();
    const bool output = has_reader(summary, stage);
    const std::int64_t total = bytes_of(last, index, output);
    row[1] = total < 0 ? "" : format_seen(total);
    if (const double time_s = last.at_s - first.at_s;
        !stage.end_s && total >= 0 && time_s > 0 && bytes_of(first, index, output) >= 0) {
        const auto moved = static_cast<double>(total - bytes_of(first, index, output));
        row[2] = format_seen(std::max(0L, static_cast<long>(moved / time_s))) + "/s";
    }
    return row;
}

std::string title_of(const Summary& summary) {
    std::size_t stages = 0;
    std::size_t running = 0;
    for (const StageSummary& stage : summary.stages) {
        stages += stage.helper ? 0 : 1;
        running += !stage.helper && stage.running() ? 1 : 0;
    }
    std::string text =
        filled("'{}' {}: {} of {} {} running{}", one_line(summary.pipeline),
               format_duration(summary.wall_s), running, stages, stages == 1 ? "stage" : "stages",
               summary.cancel ? ", being cancelled" : "");
    if (const auto left = time_left(summary)) {
        text += filled(", {} % of the input, about {} left", *percent_read(summary),
                       format_duration(*left));
    }
    return text;
}

}  // namespace

std::string activity_of(const Summary& summary, std::size_t stage) {
    const auto* const seen =
        summary.moments.empty() ? nullptr : seen_of(summary.moments.back(), stage);
    const std::string& name = summary.stages[stage].name;
    if (summary.stages[stage].waits()) {
        return "waits for " + summary.stages[stage].waited_for;
    }
    if (seen != nullptr && seen->holds_end_back) {
        return "works on with its output closed: the end is shown when it has ended well";
    }
    switch (seen == nullptr ? Activity::absent : seen->activity) {
        case Activity::absent: return {};
        case Activity::running: return "running";
        case Activity::input:
            return waiting_for("data",
                               neighbours(summary, name, &EdgeSummary::to, &EdgeSummary::from),
                               " from ", "outside");
        case Activity::output:
            return waiting_for("room",
                               neighbours(summary, name, &EdgeSummary::from, &EdgeSummary::to),
                               " at ", "the output's reader");
        case Activity::disk: return "waits for a disk";
        case Activity::sleeping: return "asleep";
        case Activity::stopped: return "stopped";
    }
    return {};
}

std::string progress_title(const Summary& summary) {
    return title_of(summary);
}

std::optional<int> percent_read(const Summary& summary) {
    if (summary.moments.empty()) {
        return std::nullopt;
    }
    const Sampled& seen = summary.moments.back().seen;
    if (seen.input_size <= 0 || seen.input_read < 0) {
        return std::nullopt;
    }
    return static_cast<int>(100 * std::min(seen.input_read, seen.input_size) / seen.input_size);
}

std::optional<double> time_left(const Summary& summary) {
    if (summary.moments.empty()) {
        return std::nullopt;
    }
    const Moment& last = summary.moments.back();
    if (last.seen.input_size <= 0 || last.seen.input_read < 0) {
        return std::nullopt;
    }
    const double done =
        static_cast<double>(last.seen.input_read) / static_cast<double>(last.seen.input_size);
    if (done < kLeastDone || done >= 1) {
        return std::nullopt;
    }
    return last.at_s * (1 - done) / done;
}

std::vector<std::string> progress_block(const Summary& summary, std::size_t columns,
                                        std::size_t rows) {
    std::vector<std::string> lines = {cut_to_width("pipectl: " + title_of(summary), columns)};
    std::vector<ProgressRow> table;
    std::array<std::size_t, kProgressColumns> widths{};
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        if (!summary.stages[i].helper) {
            table.push_back(row_of(summary, i));
            for (std::size_t column = 0; column < kProgressColumns; ++column) {
                widths[column] = std::max(widths[column], width_of(table.back()[column]));
            }
        }
    }
    for (const ProgressRow& row : table) {
        if (lines.size() + 2 > rows && lines.size() < table.size()) {
            lines.push_back(
                cut_to_width(filled("  and {} more", table.size() + 1 - lines.size()), columns));
            break;
        }
        std::string line = "  " + padded(row[0], widths[0]);
        for (std::size_t column = 1; column + 1 < kProgressColumns; ++column) {
            line += "  " + padded_left(row[column], widths[column]);
        }
        line += "  " + row.back();
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(cut_to_width(line, columns));
    }
    if (lines.size() > rows) {
        lines.resize(rows);
    }
    return lines;
}

std::string progress_line(const Summary& summary) {
    constexpr std::size_t kMostStages = 8;
    std::string text = "pipectl: " + title_of(summary);
    std::size_t shown = 0;
    std::size_t more = 0;
    for (std::size_t i = 0; i < summary.stages.size(); ++i) {
        if (summary.stages[i].helper) {
            continue;
        }
        if (shown == kMostStages) {
            ++more;
            continue;
        }
        const ProgressRow row = row_of(summary, i);
        text += (shown++ == 0 ? "; " : ", ") + row[0];
        for (const std::size_t column : {1U, 2U, 3U}) {
            text += row[column].empty() ? "" : " " + row[column];
        }
    }
    return more > 0 ? filled("{}, and {} more", text, more) : text;
}

}  // namespace pipectl
