#pragma once

// The names of variables as shells have them.

#include <string_view>

#include "stages/base/text.hpp"

namespace pipectl {

/// True for what a shell can assign to: a letter or '_', then letters, digits and '_'.
inline bool is_variable_name(std::string_view text) {
    return is_name(text) && text.find('-') == std::string_view::npos &&
           (text.front() < '0' || text.front() > '9');
}

}  // namespace pipectl
