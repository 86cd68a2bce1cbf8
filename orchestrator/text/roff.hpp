#pragma once

// Text for manual pages; groff_char(7).

#include <string>
#include <string_view>

namespace pipectl {

/// No character of it is a request or an escape.
std::string roff(std::string_view text);

}  // namespace pipectl
