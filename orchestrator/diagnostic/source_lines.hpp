#pragma once

// Places in a text: which bytes a line has, and which byte a place is.
//
// Borrows the text. Building it is one pass; asking is cheap. A column is counted from the start of
// its line, or from the last one that was asked for when that was before it, so that all places of
// a long line, asked for in order, take one pass.

#include <cstddef>
#include <string_view>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"

namespace pipectl {

class SourceLines {
  public:
    explicit SourceLines(std::string_view text);

    /// The line without its end ("\n" or "\r\n"); empty when there is no such line.
    [[nodiscard]] std::string_view line(int number) const;

    /// The first byte of a line that is there.
    [[nodiscard]] std::size_t start(int number) const { return starts_[number - 1]; }

    /// The byte at `place`; the end of its line, or of the text, when it lies beyond.
    [[nodiscard]] std::size_t offset(Place place) const;

    [[nodiscard]] Place place(std::size_t offset) const;

  private:
    /// A byte and its place.
    struct Spot {
        int line = 0;
        int column = 0;
        std::size_t at = 0;
    };

    /// Where to begin to count towards a place in a line whose first byte is at `start`.
    static Spot before(const Spot& last, int line, std::size_t start, bool usable);

    std::string_view text_;
    std::vector<std::size_t> starts_;
    mutable Spot last_offset_;  ///< two, because their questions take turns
    mutable Spot last_place_;
};

}  // namespace pipectl
