#include "orchestrator/shell/commands/special_variables.hpp"

#include <algorithm>
#include <array>

namespace pipectl::shell {

bool is_of_environment(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"CDPATH", "HOME", "LANG", "PATH", "PWD", "TERM", "TMPDIR", "TZ", "USER"});
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.starts_with("LC_");
}

bool is_of_shell(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID",       "FUNCNAME", "GROUPS",
         "HOSTNAME", "HOSTTYPE",      "IFS",          "LINENO",     "MACHTYPE", "OLDPWD",
         "OPTARG",   "OPTIND",        "OSTYPE",       "PIPESTATUS", "PPID",     "RANDOM",
         "REPLY",    "SECONDS",       "SHELLOPTS",    "SRANDOM",    "UID"});
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           name.starts_with("BASH");
}

}  // namespace pipectl::shell
