#pragma once

// Aligned columns for people: lists of runs, comparisons.

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

    /// Each line ends with a newline and has no blanks before it. `colour`: bold headings.
    [[nodiscard]] std::string render(bool colour) const;

  private:
    struct Row {
        std::vector<std::string> cells;
        std::string line;  ///< when there are no cells
    };
    std::vector<bool> figures_;
    std::vector<Row> rows_;
};

}  // namespace pipectl
