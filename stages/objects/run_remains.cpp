#include "stages/objects/run_remains.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <sstream>

#include "stages/base/error.hpp"
#include "stages/objects/fifo_object.hpp"
#include "stages/objects/region_object.hpp"
#include "stages/objects/sysv_object.hpp"

namespace pipectl::channel {

namespace {

constexpr const char* kList = "objects";
constexpr std::size_t kLongestList = 1 << 20;
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// Ids start from the beginning after a boot: a list of an earlier one says nothing.
std::string boot_line() {
    return "boot " + read_small_file("/proc/sys/kernel/random/boot_id");
}

bool is_own_folder(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
           (info.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

std::vector<std::string> entries_of(int folder) {
    std::vector<std::string> names;
    const int copy = ::openat(folder, ".", kFolder);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(copy), &::closedir);
    while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    return names;
}

bool is_own_file(int folder, const std::string& name) {
    struct stat info {};
    return ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           !S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

bool is_still_there(const std::string& path, int fd) {
    struct stat named {};
    struct stat open {};
    return ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
           named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

}  // namespace

std::string object_list_path(const std::string& folder) {
    return folder + "/" + kList;
}

Fd open_object_list(const std::string& folder) {
    const std::string path = object_list_path(folder);
    Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                   S_IRUSR | S_IWUSR));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
        throw SystemError("cannot create '" + path + "'", errno);
    }
    if (const int error = info.st_size == 0 ? write_all(file.get(), boot_line()) : 0; error != 0) {
        throw SystemError("cannot write to '" + path + "'", error);
    }
    return file;
}

void list_object(int list, const std::string& name) {
    if (const int error = write_all(list, name + "\n"); error != 0) {
        throw SystemError("cannot write to the list of the run's objects", error);
    }
}

Fd make_owned_folder(const std::string& path) {
    constexpr int kTries = 10;
    for (int i = 0; i < kTries; ++i) {
        if (::mkdir(path.c_str(), S_IRWXU) != 0) {
            throw SystemError("cannot create the run's folder '" + path + "'", errno);
        }
        Fd folder(::open(path.c_str(), kFolder));
        if (!folder) throw SystemError("cannot open the run's folder '" + path + "'", errno);
        // a file system without locks leaves the folder without an owner that others could see, and
        // then nobody can lock it and take it for abandoned either
        while (::flock(folder.get(), LOCK_SH) != 0 && errno == EINTR) {
        }
        // who cleans up may have come between the two calls
        if (is_still_there(path, folder.get())) return folder;
    }
    throw SystemError("cannot create the run's folder '" + path + "'", EAGAIN);
}

Remains::Remains(std::string folder)
    : path_(std::move(folder)), folder_(::open(path_.c_str(), kFolder)) {
    if (!folder_ || !is_own_folder(folder_.get())) return;
    if (::flock(folder_.get(), LOCK_EX | LOCK_NB) == 0) {
        state_ = is_still_there(path_, folder_.get()) ? State::abandoned : State::unknown;
    } else if (errno == EWOULDBLOCK) {
        state_ = State::owned;
    }
}

std::vector<std::string> Remains::objects() const {
    std::vector<std::string> found;
    const Fd file(::openat(folder_.get(), kList, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0 || info.st_uid != ::geteuid()) return found;
    std::istringstream lines(read_all(file.get(), kLongestList, object_list_path(path_)));
    std::string line;
    if (!std::getline(lines, line) || line + "\n" != boot_line()) return found;
    while (std::getline(lines, line)) {
        if (is_own_sysv(line, info.st_mtime) || is_own_fifo(line) || is_own_region(line))
            found.push_back(line);
    }
    return found;
}

bool Remains::remove() noexcept try {
    if (state_ != State::abandoned) return false;
    const std::vector<std::string> names = entries_of(folder_.get());
    // all or nothing: what has a folder in it is no run's, whatever its name
    const auto can_go = [&](const std::string& name) { return is_own_file(folder_.get(), name); };
    if (!std::ranges::all_of(names, can_go)) return false;
    for (const std::string& name : objects()) {
        (void)(remove_sysv(name) || remove_fifo(name) || remove_region(name));
    }
    for (const std::string& name : names) {
        ::unlinkat(folder_.get(), name.c_str(), 0);
    }
    return ::rmdir(path_.c_str()) == 0;
} catch (...) {
    return false;
}

}  // namespace pipectl::channel
