#include "orchestrator/compare/limits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <utility>

#include "orchestrator/report/wording.hpp"

namespace pipectl::compare {

namespace {

/// What differs by less is no cause.
constexpr double kWorthNaming = 1.2;
/// Below that much data a count by bytes says nothing of a channel.
constexpr double kEnoughBytes = 1 << 20;
constexpr double kMebibyte = 1 << 20;
/// A stage that computes for that much of a run decides how long it takes.
constexpr double kDecides = 0.75;

std::string number(double value) {
    std::array<char, 32> text{};
    const char* const format = value >= 9.95 ? "%.0f" : value >= 0.995 ? "%.1f" : "%.2f";
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

double ratio(double one, double other) {
    return other > 0 ? one / other : 1;
}

bool differs(double one, double other) {
    return ratio(one, other) >= kWorthNaming || ratio(one, other) <= 1 / kWorthNaming;
}

/// "1.9 times the processor time, most of it in the kernel", "0.6 of the processor time".
std::string processor_words(const Row& row, const Row& baseline, bool slower) {
    const double times = ratio(row.cpu_s, baseline.cpu_s);
    if (!differs(row.cpu_s, baseline.cpu_s) || (times > 1) != slower) {
        return {};
    }
    std::string words = number(times) + (times > 1 ? " times the" : " of the") + " processor time";
    const double more = row.cpu_s - baseline.cpu_s;
    const double in_kernel = (row.system_s - baseline.system_s) / more;
    const double in_helpers = (row.helpers_cpu_s - baseline.helpers_cpu_s) / more;
    if (times > 1 && in_helpers > 0.5 && row.helpers > baseline.helpers) {
        const long more_helpers = std::lround(row.helpers - baseline.helpers);
        return words + ", taken by " + std::to_string(more_helpers) +
               (more_helpers > 1 ? " helper processes more" : " helper process more") +
               " that copy each byte" + (in_kernel > 0.5 ? " into the kernel and out" : "");
    }
    if (in_kernel > 0.7) {
        words += times > 1 ? ": more copies or calls in the kernel"
                           : ": fewer copies or calls in the kernel";
    }
    return words;
}

/// "30 context switches for each MiB against 2: its ends wake each other more often".
std::string switch_words(const Row& row, const Row& baseline, bool slower) {
    if (row.bytes < kEnoughBytes || baseline.bytes < kEnoughBytes) {
        return {};
    }
    const double one = row.switches / (row.bytes / kMebibyte);
    const double other = baseline.switches / (baseline.bytes / kMebibyte);
    // a switch takes some microseconds, a MiB some hundred
    if (!differs(one, other) || (one > other) != slower || std::max(one, other) < 5) {
        return {};
    }
    return number(one) + " context switches for each MiB against " + number(other) +
           (one > other ? ": its ends wake each other more often"
                        : ": its ends wake each other less often");
}

/// "its processes wait: 0.6 processors are busy on average against 1.4".
std::string waiting_words(const Row& row, const Row& baseline, bool slower) {
    const double one = ratio(row.cpu_s, row.median.value);
    const double other = ratio(baseline.cpu_s, baseline.median.value);
    if (!differs(one, other) || (one < other) != slower) {
        return {};
    }
    return (slower ? "its processes wait for each other more: "
                   : "its processes wait for each other less: ") +
           number(one) + " processors are busy on average against " + number(other);
}

}  // namespace

std::string limit_of(const Row& row, const Row& baseline) {
    if (!measured(row) || !measured(baseline) || !row.differs) {
        return {};
    }
    const bool slower = row.median.value > baseline.median.value;
    std::string all;
    for (const std::string& words :
         {processor_words(row, baseline, slower), switch_words(row, baseline, slower),
          waiting_words(row, baseline, slower)}) {
        all += (all.empty() || words.empty() ? "" : "; ") + words;
    }
    return all;
}

std::string common_limit(const Table& table) {
    const Row* least = nullptr;
    double share = std::numeric_limits<double>::infinity();
    for (const Row& row : table.rows) {
        if (measured(row) && row.median.value > 0 && row.busiest_s / row.median.value < share) {
            share = row.busiest_s / row.median.value;
            least = &row;
        }
    }
    if (least == nullptr || share < kDecides) {
        return {};
    }
    return "one stage computes for " + std::to_string(std::lround(100 * std::min(share, 1.0))) +
           " % of the run or more over every channel: none makes that shorter";
}

std::vector<std::string> limit_lines(const Table& table) {
    std::vector<std::string> lines;
    if (table.rows.empty()) return lines;
    if (std::string common = common_limit(table); !common.empty()) {
        lines.push_back(std::move(common));
    }
    std::vector<const Row*> rows;
    for (const Row& row : table.rows) {
        if (measured(row)) rows.push_back(&row);
    }
    std::ranges::stable_sort(rows, {}, [](const Row* row) { return row->median.value; });
    for (const Row* const row : rows) {
        const std::string words = limit_of(*row, table.rows[table.baseline]);
        if (!words.empty()) lines.push_back(one_line(row->label()) + ": " + words);
    }
    return lines;
}

}  // namespace pipectl::compare
