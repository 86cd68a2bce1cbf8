#pragma once

// Nodes, ports, layers and columns have numbers, and -1 is none of them: as an index, a number is
// converted here.

#include <cstddef>

namespace pipectl {

inline std::size_t index(int number) {
    return static_cast<std::size_t>(number);
}

}  // namespace pipectl
