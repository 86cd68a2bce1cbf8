#pragma once

// Which programs are shells, by their names.

#include <string_view>

namespace pipectl {

/// `program` may be a path.
constexpr bool is_shell_name(std::string_view program) {
    const std::string_view name = program.substr(program.rfind('/') + 1);
    return name == "sh" || name == "bash" || name == "dash" || name == "ksh" || name == "zsh" ||
           name == "ash";
}

}  // namespace pipectl
