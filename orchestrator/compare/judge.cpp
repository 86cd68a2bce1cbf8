#include "orchestrator/compare/judge.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "orchestrator/compare/statistics.hpp"

namespace pipectl::compare {

namespace {

template <class Value>
std::vector<double> values_of(const Row& row, Value value) {
    std::vector<double> values;
    values.reserve(row.runs.size());
    for (const Run& run : row.runs)
        values.push_back(static_cast<double>(value(run)));
    return values;
}

void summarize_row(Row& row) {
    const std::vector<double> walls = walls_of(row);
    row.median = median_estimate(walls);
    row.outliers = count_outliers(walls);
    row.cpu_s = median(values_of(row, [](const Run& run) { return run.cpu_s; }));
    row.system_s = median(values_of(row, [](const Run& run) { return run.system_s; }));
    row.helpers_cpu_s = median(values_of(row, [](const Run& run) { return run.helpers_cpu_s; }));
    row.busiest_s = median(values_of(row, [](const Run& run) { return run.busiest_s; }));
    row.helpers = median(values_of(row, [](const Run& run) { return run.helpers; }));
    row.bytes = median(values_of(row, [](const Run& run) { return run.bytes; }));
    row.switches = median(values_of(row, [](const Run& run) { return run.switches; }));
    row.rss_bytes = median(values_of(row, [](const Run& run) { return run.rss_bytes; }));
    std::vector<double> first;
    for (const Run& run : row.runs) {
        if (run.first_byte_s) first.push_back(*run.first_byte_s);
    }
    if (!first.empty()) row.first_byte_s = median(first);
    std::vector<double> trips;
    for (const Run& run : row.runs) {
        if (run.round_trips > 0) trips.push_back(run.wall_s / static_cast<double>(run.round_trips));
    }
    if (!trips.empty()) row.round_trip_s = median(trips);
}

/// Corrected p-values of every measured row against one of them; 1 for the others.
std::vector<double> against(const Table& table, std::size_t one) {
    const std::vector<double> walls = walls_of(table.rows[one]);
    std::vector<double> raw;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (i == one || !measured(table.rows[i])) continue;
        rows.push_back(i);
        raw.push_back(rank_test(walls_of(table.rows[i]), walls));
    }
    const std::vector<double> corrected = holm(raw);
    std::vector<double> p_values(table.rows.size(), 1);
    for (std::size_t i = 0; i < rows.size(); ++i)
        p_values[rows[i]] = corrected[i];
    return p_values;
}

/// Sure, and large enough to matter.
bool told_apart(double p_value, double median, double other) {
    return p_value < kSignificance && other > 0 &&
           std::abs(median / other - 1) >= kSmallestDifference;
}

}  // namespace

std::vector<double> walls_of(const Row& row) {
    return values_of(row, [](const Run& run) { return run.wall_s; });
}

void judge(Table& table) {
    table.best = -1;
    table.choice = -1;
    table.significant = false;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        Row& row = table.rows[i];
        if (!measured(row)) continue;
        summarize_row(row);
        if (table.best < 0 || row.median.value < table.rows[table.best].median.value) {
            table.best = static_cast<int>(i);
        }
    }
    if (table.best < 0) return;
    if (!measured(table.rows[table.baseline])) {
        table.baseline = table.best;
    }
    const std::size_t best = table.best;
    const std::size_t baseline = table.baseline;
    const Row& base = table.rows[baseline];
    const std::vector<double> base_walls = walls_of(base);
    const std::vector<double> from_base = against(table, baseline);
    const std::vector<double> from_best = against(table, best);
    int first_leader = -1;
    int leaders = 0;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        Row& row = table.rows[i];
        if (!measured(row)) continue;
        row.ratio = ratio_estimate(walls_of(row), base_walls);
        row.p_value = from_base[i];
        row.differs = told_apart(row.p_value, row.median.value, base.median.value);
        row.leads = !told_apart(from_best[i], row.median.value, table.rows[best].median.value);
        if (!row.leads) continue;
        ++leaders;
        // the plainest that leads, but none that the baseline itself may be as good as
        if (first_leader < 0 && (row.differs || i == baseline)) {
            first_leader = static_cast<int>(i);
        }
    }
    const long others = std::count_if(table.rows.begin(), table.rows.end(), measured) - 1;
    table.significant = leaders == 1 && others > 0;
    table.choice = base.leads || first_leader < 0 ? table.baseline : first_leader;
}

}  // namespace pipectl::compare
