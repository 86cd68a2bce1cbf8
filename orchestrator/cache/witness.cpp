#include "orchestrator/cache/witness.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "stages/base/digest.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kReadBlock = std::size_t{1} << 20;
constexpr int kMostNames = 10'000;
/// More than a tick of the clock that a file system takes its times from; time(7).
constexpr long kTick = 20'000'000;

void add_time(Fingerprint& print, const timespec& time) {
    print.add(static_cast<std::uint64_t>(time.tv_sec));
    print.add(static_cast<std::uint64_t>(time.tv_nsec));
}

void add_status(Fingerprint& print, const struct stat& status) {
    for (const std::uint64_t each :
         {std::uint64_t{status.st_dev}, std::uint64_t{status.st_ino}, std::uint64_t{status.st_mode},
          std::uint64_t{status.st_uid}, static_cast<std::uint64_t>(status.st_size)}) {
        print.add(each);
    }
    add_time(print, status.st_mtim);
    add_time(print, status.st_ctim);
}

std::string stamp_of(const struct stat& status) {
    Fingerprint print;
    add_status(print, status);
    return print.text();
}

/// What is changed after this has another time than what is there now.
void pass_tick(const timespec& changed) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const long long age =
        (now.tv_sec - changed.tv_sec) * 1'000'000'000LL + (now.tv_nsec - changed.tv_nsec);
    if (age >= kTick) return;
    const timespec pause{0, kTick};
    ::nanosleep(&pause, nullptr);
}

/// The kernel's own files change without a trace.
bool is_kernel_file(int fd) {
    struct statfs place {};
    return ::fstatfs(fd, &place) == 0 &&
           (place.f_type == PROC_SUPER_MAGIC || place.f_type == SYSFS_MAGIC);
}

/// /dev/null, /dev/zero, /dev/full; null(4), full(4).
bool is_always_the_same(dev_t device) {
    constexpr unsigned kMemoryDevices = 1;
    const unsigned which = minor(device);
    return major(device) == kMemoryDevices && (which == 3 || which == 5 || which == 7);
}

void look_at_file(Witnesses::Seen& seen, const struct stat& named, Witnesses::Look look) {
    if (look == Witnesses::Look::bytes) pass_tick(named.st_ctim);
    const Fd file(::open(seen.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        seen.why_not = "'" + seen.path + "' cannot be read: " + errno_text(errno);
        return;
    }
    if (is_kernel_file(file.get())) {
        seen.why_not = "what is in '" + seen.path + "' changes without a trace";
        return;
    }
    seen.stamp = stamp_of(status);
    if (look == Witnesses::Look::stamps) {
        seen.content = "file " + seen.stamp;
        return;
    }
    const std::unique_ptr<char[]> block(new char[kReadBlock]);
    Fingerprint print;
    std::uint64_t length = 0;
    for (;;) {
        const ssize_t got =
            ::pread(file.get(), block.get(), kReadBlock, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            seen.why_not = "'" + seen.path + "' cannot be read: " + errno_text(errno);
            return;
        }
        if (got == 0) break;
        print.add_piece(block.get(), got);
        length += got;
    }
    print.add(length);
    seen.content = "file " + print.text();
    if (::fstat(file.get(), &status) != 0 || stamp_of(status) != seen.stamp) {
        seen.why_not = "'" + seen.path + "' changes while it is read";
    }
}

/// All names below a folder, into `print`. False when there are too many, or one cannot be read.
bool add_tree(Fingerprint& print, int folder, int& names, timespec& newest) {
    const int listing = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(listing < 0 ? nullptr : ::fdopendir(listing),
                                                     &::closedir);
    if (!stream) return false;
    std::vector<std::string> found;
    while (const dirent* const entry = ::readdir(stream.get())) {
        const std::string name = static_cast<const char*>(entry->d_name);
        if (name == "." || name == "..") continue;
        if (++names > kMostNames) return false;
        found.push_back(name);
    }
    std::ranges::sort(found);
    for (const std::string& name : found) {
        struct stat status {};
        if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
        print.add(name);
        add_status(print, status);
        if (std::tie(status.st_ctim.tv_sec, status.st_ctim.tv_nsec) >
            std::tie(newest.tv_sec, newest.tv_nsec)) {
            newest = status.st_ctim;
        }
        if (S_ISLNK(status.st_mode)) {  // and what it leads to, which a program may read
            struct stat target {};
            if (::fstatat(folder, name.c_str(), &target, 0) == 0) add_status(print, target);
        }
        if (!S_ISDIR(status.st_mode)) continue;
        const Fd below(
            ::openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!below || !add_tree(print, below.get(), names, newest)) return false;
    }
    return true;
}

std::optional<std::string> tree_of(const std::string& path, timespec& newest) {
    const Fd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0) return std::nullopt;
    Fingerprint print;
    int names = 0;
    newest = status.st_ctim;
    if (!add_tree(print, folder.get(), names, newest)) return std::nullopt;
    return print.text();
}

void look_at_folder(Witnesses::Seen& seen) {
    timespec newest{};
    std::optional<std::string> tree = tree_of(seen.path, newest);
    if (tree) {
        pass_tick(newest);
        tree = tree_of(seen.path, newest);
    }
    if (!tree) {
        seen.why_not = "folder '" + seen.path + "' holds more than can be looked at";
        return;
    }
    seen.content = "folder " + *tree;
    seen.stamp = *tree;
}

}  // namespace

int Witnesses::look_at(const std::string& path, bool folders) {
    if (const auto known = known_.find(path); known != known_.end()) return known->second;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return -1;
    if (S_ISDIR(status.st_mode) && !folders) return -1;
    Seen seen;
    seen.path = path;
    if (S_ISREG(status.st_mode)) {
        look_at_file(seen, status, look_);
    } else if (S_ISDIR(status.st_mode)) {
        look_at_folder(seen);
    } else if (S_ISCHR(status.st_mode) && is_always_the_same(status.st_rdev)) {
        seen.content = seen.stamp = "device " + std::to_string(status.st_rdev);
    } else {
        seen.why_not = "what comes from '" + path + "' is not known before";
    }
    seen_.push_back(std::move(seen));
    const int index = static_cast<int>(seen_.size()) - 1;
    known_.emplace(path, index);
    return index;
}

int Witnesses::look_at_open(int fd) {
    constexpr int kBehindStandard = 3;
    Fd own(::fcntl(fd, F_DUPFD_CLOEXEC, kBehindStandard));
    if (!own) return -1;
    held_.push_back(std::move(own));
    return look_at("/proc/self/fd/" + std::to_string(held_.back().get()), false);
}

std::string Witnesses::changed(const std::vector<int>& which) const {
    for (const int index : which) {
        const Seen& seen = seen_[index];
        struct stat status {};
        timespec newest{};
        std::string now;
        if (::stat(seen.path.c_str(), &status) != 0) return seen.path;
        if (S_ISREG(status.st_mode)) {
            now = stamp_of(status);
        } else if (S_ISDIR(status.st_mode)) {
            now = tree_of(seen.path, newest).value_or("");
        } else {
            now = "device " + std::to_string(status.st_rdev);
        }
        if (now != seen.stamp) return seen.path;
    }
    return {};
}

}  // namespace pipectl
