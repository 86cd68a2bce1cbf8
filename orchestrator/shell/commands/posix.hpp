#pragma once

// Whether a command may be given to dash, the /bin/sh of many systems, instead of bash.

#include <string_view>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// True when dash does exactly what bash does with this command. False when that is not certain.
bool is_posix(std::string_view text, const Command& whole);

}  // namespace pipectl::shell
