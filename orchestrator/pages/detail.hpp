#pragma once

// How much a page shows. A page that would be too large is rendered again with less: first lines
// get fewer points, then commands are cut, at last only the first stages have rows.

#include <array>
#include <cstddef>

namespace pipectl {

struct Detail {
    std::size_t moments;  ///< of the timeline, for each stage
    std::size_t points;   ///< of a curve
    std::size_t command;  ///< code points of a command or a name
    std::size_t rows;     ///< stages, helpers, edges in a figure or a table
    std::size_t texts;    ///< stages whose last lines of stderr are shown
    std::size_t data;     ///< bytes of embedded JSON
};

/// What a page may have, in bytes.
inline constexpr std::size_t kLargestPage = 290'000;

inline constexpr std::array<Detail, 5> kDetails = {{
    {200, 120, 300, 1000, 20, 120'000},
    {100, 60, 160, 400, 10, 80'000},
    {40, 24, 60, 150, 5, 40'000},
    {20, 0, 20, 100, 2, 0},
    {0, 0, 12, 40, 1, 0},
}};

}  // namespace pipectl
