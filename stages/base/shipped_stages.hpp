#pragma once

// The native stages that ship with pipectl, for `use` in a definition: jobs of pipectl-helper.

#include <string_view>

namespace pipectl {

struct ShippedStage {
    std::string_view name;
    std::string_view arguments;  ///< as usage shows them
    std::string_view summary;
};

inline constexpr ShippedStage kShippedStages[] = {
    {"fill", "SIZE", "writes that many bytes, which look random and are the same each time"},
    {"pass", "", "hands on what it reads"},
    {"digest", "", "writes one line: XXH3 of what it has read, and how many bytes it was"},
    {"count", "", "writes one line: how many bytes, lines and records it has read"},
};

}  // namespace pipectl
