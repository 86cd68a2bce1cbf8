#include "orchestrator/files/own_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace pipectl {
namespace {

bool is_ours(int folder) {
    struct stat status {};
    return ::fstat(folder, &status) == 0 && status.st_uid == ::geteuid();
}

/// The folder of that name; through a link only when it is ours or root's.
Fd enter(int folder, const std::string& name) {
    Fd next(::openat(folder, name.c_str(), kOpenFolder | O_NOFOLLOW));
    if (!next && errno == ENOENT && is_ours(folder) &&
        ::mkdirat(folder, name.c_str(), S_IRWXU) == 0) {
        next.reset(::openat(folder, name.c_str(), kOpenFolder | O_NOFOLLOW));
    }
    struct stat link {};
    if (!next && ::fstatat(folder, name.c_str(), &link, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(link.st_mode) && (link.st_uid == 0 || link.st_uid == ::geteuid())) {
        next.reset(::openat(folder, name.c_str(), kOpenFolder));
    }
    return next;
}

std::string absolute_path(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? value : "";
}

}  // namespace

std::string user_folder(const char* variable, const char* in_home) {
    if (const std::string above = absolute_path(variable); !above.empty()) {
        return above + "/pipectl";
    }
    const std::string home = absolute_path("HOME");
    struct stat status {};
    const bool there = !home.empty() && ::stat(home.c_str(), &status) == 0;
    return there ? home + "/" + in_home + "/pipectl" : "";
}

Fd open_own_folder(const std::string& path) {
    Fd folder(::open("/", kOpenFolder));
    for (std::size_t at = 0; folder && at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        if (end > at) {
            folder = enter(folder.get(), path.substr(at, end - at));
        }
        at = end + 1;
    }
    return folder && is_ours(folder.get()) ? std::move(folder) : Fd();
}

}  // namespace pipectl
