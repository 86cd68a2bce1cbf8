#pragma once

// Text files without an interpreter line, which a shell runs as its own scripts; execve(2),
// ENOEXEC.

#include <cstddef>
#include <string_view>

namespace pipectl {

/// So much of a file is looked at.
inline constexpr std::size_t kScriptStart = 128;

/// `start` begins a script. A binary of another machine gives ENOEXEC as well, and as a script it
/// would do whatever its bytes spell. Async-signal-safe.
constexpr bool looks_like_script(std::string_view start) {
    return start.substr(0, start.find('\n')).find('\0') == std::string_view::npos;
}

}  // namespace pipectl
