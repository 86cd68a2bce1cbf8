#pragma once

// Looking things up before anything is started: programs in a PATH, users in /etc/passwd.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace pipectl {

/// A program's path, or why there is none.
struct ProgramLookup {
    std::string path;    ///< empty when not found
    int status = 0;      ///< 0 found; 127 not found; 126 found but cannot be executed
    std::string reason;  ///< "not found in PATH", "'/x/y' is a folder", "Permission denied"
};

/// As execvp(3) searches: a name with a slash is a path (relative to `cwd` when that is given), any
/// other is searched in `path_variable`. Uses stat(2) and access(2) only, opens nothing.
ProgramLookup find_program(const std::string& name, const std::string& path_variable,
                           const std::optional<std::string>& cwd);

/// For a script whose first line names an interpreter (`#!`) that is not there: that interpreter's
/// path. Opens the file.
std::optional<std::string> missing_interpreter(const std::string& path);

/// The names of programs in `path_variable`, for suggestions.
std::vector<std::string> programs_in(const std::string& path_variable);

struct UserLookup {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    std::string name;
    std::string home;
    std::string shell;
};

/// By name or by number, from /etc/passwd and /etc/group (no name service: the release program is
/// linked statically).
std::optional<UserLookup> find_user(const std::string& name);

}  // namespace pipectl
