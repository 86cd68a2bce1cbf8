#pragma once

// Aligned columns for people: lists of runs, comparisons.

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

class TextTable {
  public:
    /// A heading that begins with '>' is of a column of figures, aligned to the right.
    explicit TextTable(const std::vector<std::string_view>& headings);

    /// As many cells as there are headings, each one line that is safe for a terminal; see
    /// one_line().
    void add(std::vector<std::string> cells);

    /// A line that stands between the rows as it is.
    void add_line(std::string line);

    /// Leaves a column out.
    void hide(std::size_t column) { hidden_[column] = true; }

    /// Cuts a column's cells by so much, but not below `least`.
    void narrow(std::size_t column, std::size_t less, std::size_t least);

    /// Of the widest row that has cells.
    [[nodiscard]] std::size_t width() const;

    /// Each line ends with a newline and has no blanks before it. `colour`: bold headings. Rows are
    /// cut to so many columns; lines that were added as they are, are not.
    [[nodiscard]] std::string render(bool colour, std::size_t columns = kAnyWidth) const;

    static constexpr std::size_t kAnyWidth = std::numeric_limits<std::size_t>::max();

  private:
    struct Row {
        std::vector<std::string> cells;
        std::string line;  ///< when there are no cells
    };
    [[nodiscard]] std::vector<std::size_t> widths() const;
    [[nodiscard]] std::string line_of(const Row& row, const std::vector<std::size_t>& widths) const;

    std::vector<bool> figures_;
    std::vector<bool> hidden_;
    std::vector<Row> rows_;
};

}  // namespace pipectl
