#include "orchestrator/compare/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>

#include "orchestrator/compare/candidates.hpp"
#include "orchestrator/compare/judge.hpp"
#include "orchestrator/compare/statistics.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl::compare {

namespace {

constexpr double kShortRun = 0.005;      ///< seconds; starting processes is most of it
constexpr double kNoisySpread = 0.1;     ///< distance of the quartiles by the median
constexpr double kSlowFirstRun = 1.5;    ///< times the median of the others
constexpr std::size_t kMostNames = 4;    ///< in a sentence
constexpr std::size_t kFewForFirst = 4;  ///< runs, to say that the first was slower

std::string times(double factor) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), factor >= 10 ? "%.1f" : "%.2f", factor);
    return text.data();
}

const Row& row_at(const Table& table, int index) {
    return table.rows[index];
}

std::vector<std::string> labels(const Table& table, bool leading, int but) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const Row& row = table.rows[i];
        if (measured(row) && row.leads == leading && static_cast<int>(i) != but) {
            names.push_back(row.label());
        }
    }
    return names;
}

/// The fastest row that does not lead.
const Row* next_after_leaders(const Table& table) {
    const Row* next = nullptr;
    for (const Row& row : table.rows) {
        if (!measured(row) || row.leads) continue;
        if (next == nullptr || row.median.value < next->median.value) next = &row;
    }
    return next;
}

/// "; unix takes 0.61 of its processor time": of the row that takes least, when the baseline surely
/// takes more. On a busy machine that shows what wall times cannot.
std::string processor_note(const Table& table) {
    constexpr double kLess = 0.9;
    const Row& baseline = row_at(table, table.baseline);
    const Row* least = nullptr;
    std::size_t rows = 0;
    for (const Row& row : table.rows) {
        if (!measured(row)) continue;
        ++rows;
        if (least == nullptr || row.cpu_s < least->cpu_s) least = &row;
    }
    if (least == nullptr || least == &baseline || least->cpu_s > kLess * baseline.cpu_s) return {};
    const auto times_of = [](const Row& row) {
        std::vector<double> values;
        for (const Run& run : row.runs)
            values.push_back(run.cpu_s);
        return values;
    };
    const double p_value = rank_test(times_of(*least), times_of(baseline));
    if (p_value * static_cast<double>(rows - 1) >= kSignificance) return {};
    return "; " + least->label() + " takes " + times(least->cpu_s / baseline.cpu_s) +
           " of the processor time of " + baseline.label();
}

/// The lowest p-value that samples of this size can give, corrected for so many tests.
double lowest_p(std::size_t runs, std::size_t tests) {
    double orders = 1;  // binomial coefficient of 2 n over n
    for (std::size_t i = 1; i <= runs; ++i) {
        orders *= static_cast<double>(runs + i) / static_cast<double>(i);
    }
    return 2 / orders * static_cast<double>(tests);
}

/// How many rows were measured, and how many runs the shortest of them has.
struct Extent {
    std::size_t rows = 0;
    std::size_t runs = 0;

    [[nodiscard]] bool too_few_at(std::size_t count) const {
        return rows > 1 && lowest_p(count, rows - 1) >= kSignificance;
    }
    [[nodiscard]] bool too_few() const { return too_few_at(runs); }
};

Extent extent_of(const Table& table) {
    Extent extent;
    for (const Row& row : table.rows) {
        if (!measured(row)) continue;
        ++extent.rows;
        extent.runs = extent.rows == 1 ? row.runs.size() : std::min(extent.runs, row.runs.size());
    }
    return extent;
}

std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void warn_of_few_runs(const Table& table, std::vector<std::string>& warnings) {
    const Extent extent = extent_of(table);
    if (!extent.too_few()) return;
    std::size_t enough = extent.runs;
    while (extent.too_few_at(enough))
        ++enough;
    warnings.push_back("with " + count_of(extent.runs, "run") + " of each no difference between " +
                       count_of(extent.rows, "channel") + " can be significant; --runs " +
                       std::to_string(enough) + " is the least that can");
}

void warn_of_noise(const Table& table, std::vector<std::string>& warnings) {
    std::vector<std::string> noisy;
    std::vector<std::string> far;
    int outliers = 0;
    double worst = 0;
    bool slow_first = false;
    for (const Row& row : table.rows) {
        if (!measured(row)) continue;
        const std::vector<double> walls = walls_of(row);
        const double of_row = spread(walls);
        worst = std::max(worst, of_row);
        if (of_row > kNoisySpread) noisy.push_back(row.label());
        if (row.outliers > 0) far.push_back(row.label());
        outliers += row.outliers;
        const double others = median({walls.begin() + 1, walls.end()});
        slow_first =
            slow_first || (walls.size() >= kFewForFirst && walls.front() > kSlowFirstRun * others &&
                           walls.front() >= *std::max_element(walls.begin(), walls.end()));
    }
    if (!far.empty()) {
        warnings.push_back(std::to_string(outliers) +
                           (outliers == 1 ? " run is an outlier" : " runs are outliers") + " (of " +
                           listed(far, kMostNames) +
                           "): something else used this machine; try again when it is quiet");
    }
    if (!noisy.empty()) {
        std::array<char, 16> share{};
        std::snprintf(share.data(), share.size(), "%.0f", worst * 100);
        warnings.push_back("the times of " + listed(noisy, kMostNames) +
                           " are noisy (quartiles up to " + share.data() +
                           " % of the median apart): more --runs, or a quiet machine, tell more");
    }
    if (slow_first) {
        warnings.emplace_back(
            "a first run was much slower than those after it: more --warmup keeps caches that "
            "are still cold out of the figures");
    }
}

void warn_of_short_runs(const Table& table, std::vector<std::string>& warnings) {
    double shortest = 1;
    for (const Row& row : table.rows) {
        if (measured(row)) shortest = std::min(shortest, row.median.value);
    }
    if (shortest < kShortRun) {
        warnings.emplace_back(
            "runs take less than 5 ms: that is the start of processes, and says little of "
            "channels; give the pipeline more data");
    }
}

void warn_of_bytes(const Comparison& comparison, std::vector<std::string>& warnings) {
    std::vector<std::string> others;
    const auto look = [&](const Table& table) {
        for (const Row& row : table.rows) {
            if (row.same_bytes != false) continue;
            others.push_back(row.label() +
                             (table.stage.empty() ? "" : " into '" + table.stage + "'"));
        }
    };
    look(comparison.table);
    for (const Table& table : comparison.matrix)
        look(table);
    if (!others.empty()) {
        warnings.push_back("OTHER BYTES: over " + listed(others, kMostNames) +
                           " the sinks did not get what they got in the reference run");
    } else if (comparison.sinks.empty()) {
        warnings.emplace_back(
            "the pipeline has no output that could be compared: it cannot be told whether all "
            "channels delivered the same bytes");
    } else if (!comparison.same_bytes) {
        warnings.emplace_back(
            "the pipeline does not give the same output twice over the same channel: it cannot "
            "be told whether all channels delivered the same bytes");
    }
}

}  // namespace

std::string compared(const Row& row, const Row& baseline) {
    const double ratio = row.ratio.value > 0 ? row.ratio.value : 1;
    const bool faster = ratio <= 1;
    const auto factor = [faster](double of) { return of <= 0 ? 0 : faster ? 1 / of : of; };
    const double low = factor(faster ? row.ratio.high : row.ratio.low);
    const double high = factor(faster ? row.ratio.low : row.ratio.high);
    return times(factor(ratio)) + (faster ? " times faster than " : " times slower than ") +
           baseline.label() + " (95 %: " + times(low) + " to " + times(high) + ")";
}

std::string answer(const Table& table) {
    if (table.choice < 0) return "nothing could be measured";
    const Row& choice = row_at(table, table.choice);
    const std::vector<std::string> leaders = labels(table, true, table.choice);
    const std::vector<std::string> slower = labels(table, false, table.choice);
    if (table.worth_changing()) {
        std::string text =
            choice.label() + " is " + compared(choice, row_at(table, table.baseline));
        if (!leaders.empty()) {
            text += "; nothing to choose between it and " + listed(leaders, kMostNames);
        }
        return text;
    }
    if (leaders.empty() && slower.empty()) {
        return "only " + choice.label() +
               " could be measured: " + format_duration(choice.median.value);
    }
    if (leaders.empty()) {
        const Row& next = *next_after_leaders(table);
        const double factor = next.median.value / choice.median.value;
        return choice.label() + " is the fastest; the next, " + next.label() + ", takes " +
               times(factor) + " times as long";
    }
    if (!choice.leads) {
        return "no significant difference: nothing is surely faster than " + choice.label();
    }
    std::vector<std::string> all = leaders;
    all.insert(all.begin(), choice.label());
    std::string text = "no significant difference between " + listed(all, kMostNames);
    if (extent_of(table).too_few()) text += ": too few runs to tell";
    if (!slower.empty()) text += "; slower: " + listed(slower, kMostNames);
    return text + processor_note(table);
}

std::vector<std::string> find_warnings(const Comparison& comparison) {
    std::vector<std::string> warnings;
    warn_of_bytes(comparison, warnings);
    warn_of_short_runs(comparison.table, warnings);
    warn_of_few_runs(comparison.table, warnings);
    warn_of_noise(comparison.table, warnings);
    return warnings;
}

std::string lines_to_paste(const Table& table) {
    if (!table.worth_changing()) return {};
    const Row& choice = row_at(table, table.choice);
    const std::string line = "via = " + via_value(choice.channel, choice.size) + "\n";
    return table.stage.empty() ? "[pipeline]\n" + line
                               : "[[stage]]\nname = \"" + table.stage + "\"\n" + line;
}

}  // namespace pipectl::compare
