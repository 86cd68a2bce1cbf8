#include "orchestrator/report/text_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "orchestrator/report/wording.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl {

TextTable::TextTable(const std::vector<std::string_view>& headings) {
    Row row;
    for (std::string_view heading : headings) {
        figures_.push_back(heading.starts_with('>'));
        row.cells.emplace_back(heading.substr(figures_.back() ? 1 : 0));
    }
    rows_.push_back(std::move(row));
    hidden_.resize(figures_.size(), false);
}

void TextTable::add(std::vector<std::string> cells) {
    assert(cells.size() == figures_.size());
    rows_.push_back({std::move(cells), {}});
}

void TextTable::add_line(std::string line) {
    rows_.push_back({{}, std::move(line)});
}

std::vector<std::size_t> TextTable::widths() const {
    std::vector<std::size_t> widths(figures_.size(), 0);
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row.cells[i]));
        }
    }
    return widths;
}

std::string TextTable::line_of(const Row& row, const std::vector<std::size_t>& widths) const {
    std::string line = row.line;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (hidden_[i]) continue;
        line += i == 0 ? "" : "  ";
        line +=
            figures_[i] ? padded_left(row.cells[i], widths[i]) : padded(row.cells[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

void TextTable::narrow(std::size_t column, std::size_t less, std::size_t least) {
    const std::size_t width = widths()[column];
    const std::size_t room = std::max(least, width - std::min(width, less));
    for (Row& row : rows_) {
        if (!row.cells.empty()) row.cells[column] = cut_to_width(row.cells[column], room);
    }
}

std::size_t TextTable::width() const {
    const std::vector<std::size_t> all = widths();
    std::size_t widest = 0;
    for (const Row& row : rows_) {
        widest = std::max(widest, row.cells.empty() ? 0 : width_of(line_of(row, all)));
    }
    return widest;
}

std::string TextTable::render(bool colour, std::size_t columns) const {
    const std::vector<std::size_t> all = widths();
    const Colours colours(colour);
    std::string text;
    for (const Row& row : rows_) {
        const std::string line = line_of(row, all);
        const std::string shown = row.cells.empty() ? line : cut_to_width(line, columns);
        text += (&row == &rows_.front() ? colours.bold(shown) : shown) + "\n";
    }
    return text;
}

}  // namespace pipectl
