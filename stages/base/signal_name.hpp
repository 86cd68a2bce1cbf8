#pragma once

// Signals by name; signal(7).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

/// "SIGTERM" for 15, "SIGRTMIN+2" for real-time signals, "signal 99" for what has no name.
std::string signal_name(int number);

/// 15 for "SIGTERM", "TERM", "sigterm" or "15"; nothing when there is no such signal.
std::optional<int> signal_number(std::string_view name);

/// All the names that signal_number knows, with their "SIG", for suggestions.
std::vector<std::string> signal_names();

}  // namespace pipectl
