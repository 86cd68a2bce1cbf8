// A comparison as Markdown, as GitHub and others have tables.

#include <algorithm>
#include <cstddef>

#include "orchestrator/compare/cells.hpp"
#include "orchestrator/compare/limits.hpp"
#include "orchestrator/compare/render.hpp"
#include "orchestrator/report/wording.hpp"

namespace pipectl::compare {

namespace {

/// One line of plain text that no renderer takes for markup.
std::string plain(const std::string& text) {
    std::string escaped;
    for (const char c : one_line(text)) {
        if (std::string_view("\\`*_{}[]<>()#+!|~&").find(c) != std::string_view::npos) {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

void add_row(std::string& text, const std::vector<std::string>& cells) {
    text += "|";
    for (const std::string& cell : cells)
        text += " " + plain(cell) + " |";
    text += "\n";
}

std::string render(const Cells& cells) {
    std::string text;
    add_row(text, cells.head);
    text += "|";
    for (std::size_t i = 0; i < cells.head.size(); ++i)
        text += i == 0 ? " :-- |" : " --: |";
    text += "\n";
    for (const auto& row : cells.rows)
        add_row(text, row);
    return text + "\n";
}

/// A block of code that its content cannot end: indented, not fenced.
std::string code(std::string_view content) {
    std::string text;
    while (!content.empty()) {
        text += "    " + one_line(content.substr(0, content.find('\n'))) + "\n";
        content.remove_prefix(
            std::min(content.size(), std::min(content.find('\n'), content.size() - 1) + 1));
    }
    return text + "\n";
}

}  // namespace

std::string render_markdown(const Comparison& comparison) {
    std::string text = "# Channels of " + plain(comparison.pipeline) + "\n\n**" +
                       plain(comparison.answer) + "**\n\n";
    const Cells figures = figure_cells(comparison.table);
    if (!figures.rows.empty()) {
        text += render(figures) + "\\* significant; medians of " +
                std::to_string(comparison.rounds) + " interleaved runs.\n\n";
    }
    if (!comparison.matrix.empty()) {
        text += "## One edge at a time\n\n" + render(matrix_cells(comparison));
    }
    const auto list = [&text](const std::string& title, const std::vector<std::string>& lines) {
        if (lines.empty()) return;
        text += "## " + title + "\n\n";
        for (const std::string& line : lines)
            text += "- " + plain(line) + "\n";
        text += "\n";
    };
    list("What limits them", limit_lines(comparison.table));
    list("Not measured", failed_lines(comparison));
    list("Warnings", comparison.warnings);
    if (comparison.same_bytes == true) {
        text += "Every run gave the same bytes to every sink:\n\n";
        for (const Sink& sink : comparison.sinks) {
            text += "- " + plain(sink.name) + ", " + std::to_string(sink.bytes) + " bytes, XXH3 " +
                    sink.digest + "\n";
        }
        text += "\n";
    }
    if (!comparison.toml.empty()) text += "In the definition:\n\n" + code(comparison.toml);
    if (!comparison.command.empty()) text += "Again:\n\n" + code(comparison.command);
    return text;
}

}  // namespace pipectl::compare
