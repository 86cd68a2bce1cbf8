#include "stages/objects/fifo_object.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <filesystem>

namespace pipectl::channel {

namespace {

constexpr std::string_view kFifoPrefix = "fifo:";

}  // namespace

std::string fifo_name(const std::string& path) {
    return std::string(kFifoPrefix) + std::filesystem::absolute(path).string();
}

bool is_fifo_name(std::string_view name) noexcept {
    return name.starts_with(kFifoPrefix);
}

bool is_own_fifo(std::string_view name) noexcept {
    char path[PATH_MAX] = {};
    struct stat status {};
    if (!is_fifo_name(name) || name.size() - kFifoPrefix.size() >= sizeof path) return false;
    name.remove_prefix(kFifoPrefix.size());
    std::memcpy(path, name.data(), name.size());
    return ::lstat(path, &status) == 0 && S_ISFIFO(status.st_mode) && status.st_uid == ::geteuid();
}

bool remove_fifo(std::string_view name) noexcept {
    if (!is_fifo_name(name)) return false;
    if (!is_own_fifo(name)) return true;
    char path[PATH_MAX] = {};
    name.remove_prefix(kFifoPrefix.size());
    std::memcpy(path, name.data(), name.size());
    ::unlink(path);
    return true;
}

}  // namespace pipectl::channel
