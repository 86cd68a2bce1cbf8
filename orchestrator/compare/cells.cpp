#include "orchestrator/compare/cells.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

#include "orchestrator/report/wording.hpp"

namespace pipectl::compare {

namespace {

std::string with_format(const char* format, double value) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

/// Three digits that mean something.
std::string time_text(double seconds) {
    const double ms = seconds * 1000;
    if (seconds >= 100) return with_format("%.0f s", seconds);
    if (seconds >= 1) return with_format("%.2f s", seconds);
    return with_format(ms >= 100 ? "%.0f ms" : ms >= 10 ? "%.1f ms" : "%.2f ms", ms);
}

std::string short_time_text(double seconds) {
    const double us = seconds * 1e6;
    if (us >= 1000) return time_text(seconds);
    return with_format(us >= 100 ? "%.0f us" : us >= 10 ? "%.1f us" : "%.2f us", us);
}

std::string ratio_text(const Table& table, std::size_t index) {
    const Row& row = table.rows[index];
    if (static_cast<int>(index) == table.baseline) return "1";
    // without the mark chance is reason enough
    return with_format("%.2f", row.ratio.value) + (row.differs ? " *" : "");
}

std::vector<std::size_t> fastest_first(const Table& table) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (measured(table.rows[i])) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&table](std::size_t a, std::size_t b) {
        return table.rows[a].median.value < table.rows[b].median.value;
    });
    return order;
}

}  // namespace

Cells figure_cells(const Table& table) {
    Cells cells;
    const std::string baseline = table.rows.empty() ? "" : table.rows[table.baseline].label();
    cells.head = {"channel", "median",   "95 % interval", "/ " + baseline,
                  "CPU",     "switches", "memory",        "first byte"};
    const bool trips = tells_of_round_trips(table);
    if (trips) cells.head.emplace_back("a round trip");
    for (const std::size_t i : fastest_first(table)) {
        const Row& row = table.rows[i];
        cells.rows.push_back({row.label(), time_text(row.median.value),
                              time_text(row.median.low) + " to " + time_text(row.median.high),
                              ratio_text(table, i), time_text(row.cpu_s),
                              with_format("%.0f", row.switches),
                              format_memory(static_cast<long>(row.rss_bytes)),
                              row.first_byte_s ? time_text(*row.first_byte_s) : "-"});
        if (trips) {
            cells.rows.back().push_back(row.round_trip_s ? short_time_text(*row.round_trip_s)
                                                         : "-");
        }
    }
    return cells;
}

Cells matrix_cells(const Comparison& comparison) {
    Cells cells;
    if (comparison.matrix.empty()) return cells;
    cells.head.emplace_back("channel");
    for (const Table& table : comparison.matrix) {
        cells.head.push_back("into " + one_line(table.stage));
    }
    const std::vector<Row>& candidates = comparison.matrix.front().rows;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        std::vector<std::string> row = {candidates[i].label()};
        for (const Table& table : comparison.matrix) {
            row.push_back(measured(table.rows[i]) ? ratio_text(table, i) : "-");
        }
        cells.rows.push_back(std::move(row));
    }
    return cells;
}

std::vector<std::string> failed_lines(const Comparison& comparison) {
    std::vector<std::string> lines;
    const auto look = [&](const Table& table, const std::string& where) {
        for (const Row& row : table.rows) {
            if (row.failed.empty()) continue;
            lines.push_back(row.label() + where + ": " + one_line(row.failed));
        }
    };
    look(comparison.table, "");
    for (const Table& table : comparison.matrix)
        look(table, " into " + one_line(table.stage));
    return lines;
}

}  // namespace pipectl::compare
