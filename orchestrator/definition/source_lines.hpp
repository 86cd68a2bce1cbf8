#pragma once

// Places in a text: which bytes a line has, and which byte a place is.
//
// Borrows the text. Building it is one pass; asking is cheap, except that a column is counted from
// the start of its line.

#include <cstddef>
#include <string_view>
#include <vector>

#include "orchestrator/definition/diagnostic.hpp"

namespace pipectl {

class SourceLines {
  public:
    explicit SourceLines(std::string_view text);

    /// The line without its end ("\n" or "\r\n"); empty when there is no such line.
    [[nodiscard]] std::string_view line(int number) const;

    /// The byte at `place`; the end of its line, or of the text, when it lies beyond.
    [[nodiscard]] std::size_t offset(Place place) const;

    [[nodiscard]] Place place(std::size_t offset) const;

  private:
    std::string_view text_;
    std::vector<std::size_t> starts_;
};

}  // namespace pipectl
