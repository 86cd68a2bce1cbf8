#include "stages/base/private_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "stages/base/error.hpp"

namespace pipectl {

namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

std::string absolute_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? value : "";
}

/// A folder of the user's that others may look into but not write to, as a home usually is.
bool is_own_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == ::geteuid() && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Where programs keep what lasts longer than a login; empty when there is no such place.
std::string state_folder() {
    std::string state = absolute_variable("XDG_STATE_HOME");
    if (!state.empty() && is_own_folder(state)) return state;
    const std::string home = absolute_variable("HOME");
    if (home.empty() || !is_own_folder(home)) return "";
    state = home;
    for (const char* part : {"/.local", "/state"}) {
        state += part;
        ::mkdir(state.c_str(), S_IRWXU);
    }
    return state;
}

}  // namespace

bool is_private_folder(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == ::geteuid() && (info.st_mode & kOthers) == 0;
}

std::string runtime_folder() {
    const std::string folder = absolute_variable("XDG_RUNTIME_DIR");
    return !folder.empty() && is_private_folder(folder) ? folder : "";
}

std::string make_private_folder(const std::string& name) {
    std::string above = runtime_folder();
    const std::string usual = "/run/user/" + std::to_string(::geteuid());
    if (above.empty() && is_private_folder(usual)) above = usual;
    if (above.empty()) above = state_folder();
    if (above.empty()) {
        throw SystemError("cannot make folder '" + name + "'", ENOENT,
                          "XDG_RUNTIME_DIR or HOME must name a folder of yours");
    }
    std::string folder = above + "/" + name;
    ::mkdir(folder.c_str(), S_IRWXU);
    if (!is_private_folder(folder)) {
        throw SystemError("cannot use folder '" + folder + "'", EPERM,
                          "it must be a folder of yours alone, mode 0700");
    }
    return folder;
}

}  // namespace pipectl
