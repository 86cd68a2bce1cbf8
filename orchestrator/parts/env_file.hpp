#pragma once

// Files of variables, as shells and services read them: a line is NAME=VALUE, perhaps behind
// `export`; blank lines and comments are passed over, quotes are those of sh.
//
// Nothing is expanded: what sh would replace ($x, `x`) is an error, so that both read the same.

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipectl {

using Variables = std::vector<std::pair<std::string, std::string>>;

struct EnvFileError {
    int line = 0;  ///< from 1
    std::string message;
    std::string hint;
};

std::variant<Variables, EnvFileError> parse_env_file(std::string_view text);

}  // namespace pipectl
