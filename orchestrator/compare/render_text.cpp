// A comparison as text for a terminal.

#include <algorithm>
#include <cstddef>

#include "orchestrator/compare/cells.hpp"
#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl::compare {

namespace {

std::string line_of(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += i == 0 ? padded(row[i], widths[i]) : "  " + padded_left(row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string render(const Cells& cells, const Colours& colours) {
    std::vector<std::size_t> widths;
    widths.reserve(cells.head.size());
    for (const std::string& head : cells.head)
        widths.push_back(width_of(head));
    for (const auto& row : cells.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text = colours.faint(line_of(cells.head, widths)) + "\n";
    for (const auto& row : cells.rows) {
        text += line_of(row, widths) + "\n";
    }
    return text;
}

std::string proof(const Comparison& comparison) {
    if (comparison.same_bytes != true) return {};
    std::string text = "same bytes in every run:";
    for (const Sink& sink : comparison.sinks) {
        text += "\n  " + one_line(sink.name) + ", " + format_memory(static_cast<long>(sink.bytes)) +
                ", XXH3 " + sink.digest;
    }
    return text + "\n";
}

}  // namespace

std::string render_text(const Comparison& comparison, bool colour) {
    const Colours colours(colour);
    std::string text = colours.bold(one_line(comparison.answer)) + "\n";
    const Cells figures = figure_cells(comparison.table);
    if (!figures.rows.empty()) {
        text += "\n" + render(figures, colours);
        text += colours.faint("* significant; medians of " + std::to_string(comparison.rounds) +
                              " interleaved runs") +
                "\n";
    }
    const std::vector<std::string> limits = limit_lines(comparison.table);
    if (!limits.empty()) text += "\nwhat limits them:\n";
    for (const std::string& line : limits)
        text += "  " + line + "\n";
    if (!comparison.matrix.empty()) {
        text += "\nthe same channels on one edge at a time, by the median of the row with 1:\n" +
                render(matrix_cells(comparison), colours);
    }
    const std::vector<std::string> failed = failed_lines(comparison);
    if (!failed.empty()) text += "\nnot measured:\n";
    for (const std::string& line : failed)
        text += "  " + line + "\n";
    if (const std::string same = proof(comparison); !same.empty()) text += "\n" + same;
    if (!comparison.warnings.empty()) text += "\n";
    for (const std::string& warning : comparison.warnings) {
        text += colours.yellow("warning: ") + one_line(warning) + "\n";
    }
    if (!comparison.toml.empty()) text += "\nin the definition (or --apply):\n";
    std::string_view rest = comparison.toml;
    while (!rest.empty()) {
        text += "  " + one_line(rest.substr(0, rest.find('\n'))) + "\n";
        rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1));
    }
    if (!comparison.command.empty()) text += "\nagain: " + one_line(comparison.command) + "\n";
    return text;
}

}  // namespace pipectl::compare
