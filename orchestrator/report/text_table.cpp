#include "orchestrator/report/text_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "orchestrator/report/wording.hpp"

namespace pipectl {

TextTable::TextTable(const std::vector<std::string_view>& headings) {
    Row row;
    for (std::string_view heading : headings) {
        figures_.push_back(heading.starts_with('>'));
        row.cells.emplace_back(heading.substr(figures_.back() ? 1 : 0));
    }
    rows_.push_back(std::move(row));
}

void TextTable::add(std::vector<std::string> cells) {
    assert(cells.size() == figures_.size());
    rows_.push_back({std::move(cells), {}});
}

void TextTable::add_line(std::string line) {
    rows_.push_back({{}, std::move(line)});
}

std::string TextTable::render(bool colour) const {
    std::vector<std::size_t> widths(figures_.size(), 0);
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row.cells[i]));
        }
    }
    const Colours colours(colour);
    std::string text;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        std::string line = rows_[r].line;
        const auto& cells = rows_[r].cells;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string pad(widths[i] - width_of(cells[i]), ' ');
            line += (i == 0 ? "" : "  ") + (figures_[i] ? pad + cells[i] : cells[i] + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += (r == 0 ? colours.bold(line) : line) + "\n";
    }
    return text;
}

}  // namespace pipectl
