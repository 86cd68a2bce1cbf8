#pragma once

// The time of day, for records.

#include <string>

namespace pipectl {

/// Now, in UTC and whole seconds, as ISO 8601 has it: "2031-04-05T06:07:08Z".
[[nodiscard]] std::string utc_now();

}  // namespace pipectl
