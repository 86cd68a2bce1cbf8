#include "stages/objects/region_object.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include "stages/objects/object_name.hpp"

namespace pipectl::channel {

namespace {

constexpr std::string_view kRegionPrefix = "region:";

}  // namespace

std::string region_name(const std::string& path) {
    return std::string(kRegionPrefix) + path;
}

bool is_region_name(std::string_view name) noexcept {
    return name.starts_with(kRegionPrefix);
}

bool is_own_region(std::string_view name) noexcept {
    char path[PATH_MAX] = {};
    struct stat status {};
    if (!is_region_name(name) || name.size() - kRegionPrefix.size() >= sizeof path) return false;
    name.remove_prefix(kRegionPrefix.size());
    if (!is_object_name(name.substr(name.rfind('/') + 1))) return false;
    std::memcpy(path, name.data(), name.size());
    return ::lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
}

bool remove_region(std::string_view name) noexcept {
    if (!is_region_name(name)) return false;
    if (!is_own_region(name)) return true;
    char path[PATH_MAX] = {};
    name.remove_prefix(kRegionPrefix.size());
    std::memcpy(path, name.data(), name.size());
    ::unlink(path);
    return true;
}

}  // namespace pipectl::channel
