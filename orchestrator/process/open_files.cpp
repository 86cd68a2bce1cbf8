#include "orchestrator/process/open_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

/// "SigIgn:\t0000000000001000\n": bit N - 1 stands for signal N.
bool mask_has(const std::string& status, const char* name, int signal) {
    const std::size_t line = status.find(name);
    if (line == std::string::npos) {
        return false;
    }
    const std::uint64_t mask = std::strtoull(status.c_str() + line + 7, nullptr, 16);
    return (mask >> (signal - 1) & 1) != 0;
}

}  // namespace

OpenFile OpenFile::of(int fd) {
    struct stat status {};
    return fd >= 0 && ::fstat(fd, &status) == 0 ? OpenFile{status.st_dev, status.st_ino}
                                                : OpenFile{};
}

bool has_open(pid_t pid, const OpenFile& file, bool writes) {
    const std::string path = "/proc/" + std::to_string(pid) + "/fd";
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
        struct stat status {};
        if (::fstatat(::dirfd(folder.get()), entry->d_name, &status, 0) != 0 ||
            !(OpenFile{status.st_dev, status.st_ino} == file)) {
            continue;
        }
        // the link's own mode says how it was opened: l-wx------
        struct stat link {};
        const mode_t wanted = writes ? S_IWUSR : S_IRUSR;
        if (::fstatat(::dirfd(folder.get()), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
            (link.st_mode & wanted) != 0) {
            return true;
        }
    }
    return false;
}

std::vector<pid_t> holders_of(const OpenFile& file, bool writes, pid_t root) {
    constexpr int kLooks = 5;
    std::set<pid_t> seen;
    std::vector<pid_t> holders;
    for (int look = 0; look < kLooks; ++look) {
        bool news = false;
        for (const pid_t pid : descendants_of(root)) {
            if (!seen.insert(pid).second) {
                continue;
            }
            news = true;
            if (has_open(pid, file, writes)) {
                holders.push_back(pid);
            }
        }
        if (!news) {
            break;
        }
    }
    return holders;
}

int answers_signal(pid_t pid, int signal) {
    const std::string status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    if (status.find("SigIgn:") == std::string::npos) {
        return -1;
    }
    return mask_has(status, "SigIgn:", signal) || mask_has(status, "SigCgt:", signal) ? 1 : 0;
}

}  // namespace pipectl
