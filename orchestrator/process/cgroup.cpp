#include "orchestrator/process/cgroup.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <string_view>

namespace pipectl {

namespace {

bool is_cgroup2(const char* path) {
    struct statfs status {};
    return ::statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

/// Where version 2 is mounted: alone, or beside version 1. Null: nowhere.
const char* mount_point() {
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        if (is_cgroup2(path)) {
            return path;
        }
    }
    return nullptr;
}

bool write_to(int folder, const char* name, std::string_view text) {
    const Fd file(::openat(folder, name, O_WRONLY | O_CLOEXEC));
    return file && write_all(file.get(), text) == 0;
}

}  // namespace

std::string Cgroup::mount() {
    const char* const path = mount_point();
    return path == nullptr ? "" : path;
}

std::string Cgroup::own_folder() {
    const char* const mount = mount_point();
    if (mount == nullptr) {
        return {};
    }
    // "0::/user.slice/..": the line of version 2 has number 0 and no controllers; cgroups(7)
    std::istringstream lines(read_small_file("/proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);) {
        constexpr std::string_view kVersion2 = "0::/";
        if (line.starts_with(kVersion2)) {
            const std::string below = line.substr(kVersion2.size());
            return below.empty() ? mount : std::string(mount) + "/" + below;
        }
    }
    return {};
}

Cgroup Cgroup::create(const std::string& name) {
    Cgroup group;
    const std::string above = own_folder();
    if (above.empty()) {
        return group;
    }
    const std::string path = above + "/" + name;
    if (::mkdir(path.c_str(), 0700) != 0) {
        return group;
    }
    group.folder_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // kernels before 5.14 have groups that cannot be killed: of no use here
    if (!group.folder_ || ::faccessat(group.folder_.get(), "cgroup.kill", W_OK, 0) != 0) {
        group.folder_.reset();
        ::rmdir(path.c_str());
        return group;
    }
    group.path_ = path;
    return group;
}

Cgroup Cgroup::find(const std::string& name) {
    Cgroup group;
    const std::string above = own_folder();
    if (!above.empty()) {
        group.path_ = above + "/" + name;
        group.folder_.reset(::open(group.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    return group;
}

std::vector<pid_t> Cgroup::members() const {
    std::vector<pid_t> pids;
    if (folder_) {
        std::istringstream lines(read_small_file(path_ + "/cgroup.procs"));
        for (pid_t pid = 0; lines >> pid;) {
            pids.push_back(pid);
        }
    }
    return pids;
}

bool Cgroup::take_in(pid_t pid) noexcept {
    return folder_ && write_to(folder_.get(), "cgroup.procs", std::to_string(pid));
}

void Cgroup::let_out(pid_t pid) noexcept {
    if (folder_) {
        (void)write_to(folder_.get(), "../cgroup.procs", std::to_string(pid));
    }
}

void Cgroup::kill() noexcept {
    if (folder_) {
        (void)write_to(folder_.get(), "cgroup.kill", "1");
    }
}

bool Cgroup::remove() noexcept {
    if (!folder_) {
        return true;
    }
    if (::rmdir(path_.c_str()) != 0 && errno == EBUSY) {
        return false;
    }
    folder_.reset();
    path_.clear();
    return true;
}

}  // namespace pipectl
