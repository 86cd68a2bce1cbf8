#include "orchestrator/run/output_disk.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {
namespace {

bool means_full(int code) {
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

}  // namespace

int probe_room(int fd, bool visible) noexcept {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    const off_t end = status.st_size;
    // asked first: a write beyond the limit would end us by SIGXFSZ; setrlimit(2)
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        static_cast<rlim_t>(end) >= limit.rlim_cur) {
        return EFBIG;
    }
    if (visible) {
        const int code = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, end, 1) == 0 ? 0 : errno;
        return means_full(code) ? code : 0;
    }
    const char byte = 0;
    const ssize_t written = ::pwrite(fd, &byte, 1, end);
    const int code = written == 1 ? 0 : errno;
    if (written == 1 && ::ftruncate(fd, end) != 0) {
        return errno;
    }
    return means_full(code) ? code : 0;
}

int take_owner(int fd, const struct stat& old) noexcept {
    struct stat now {};
    if (::fstat(fd, &now) != 0) {
        return errno;
    }
    if (now.st_uid == old.st_uid && now.st_gid == old.st_gid) {
        return 0;
    }
    return ::fchown(fd, old.st_uid, old.st_gid) == 0 ? 0 : errno;
}

void copy_attributes(const std::string& path, int fd) {
    const ssize_t length = ::listxattr(path.c_str(), nullptr, 0);
    if (length <= 0) {
        return;
    }
    std::vector<char> names(static_cast<std::size_t>(length));
    const ssize_t got = ::listxattr(path.c_str(), names.data(), names.size());
    std::vector<char> value;
    for (ssize_t at = 0; at < got;) {
        const char* name = names.data() + at;
        at += static_cast<ssize_t>(std::strlen(name)) + 1;
        const std::string_view text = name;
        if (text != "system.posix_acl_access" && text.substr(0, 5) != "user.") {
            continue;
        }
        const ssize_t size = ::getxattr(path.c_str(), name, nullptr, 0);
        if (size < 0) {
            continue;
        }
        value.resize(static_cast<std::size_t>(size));
        if (::getxattr(path.c_str(), name, value.data(), value.size()) == size) {
            ::fsetxattr(fd, name, value.data(), value.size(), 0);
        }
    }
}

std::string last_lines(int fd, off_t start, int lines) {
    constexpr off_t kMost = off_t{64} * 1024;
    struct stat status {};
    if (lines <= 0 || ::fstat(fd, &status) != 0 || status.st_size <= start) {
        return {};
    }
    const off_t from = std::max(start, status.st_size - kMost);
    std::string text(static_cast<std::size_t>(status.st_size - from), '\0');
    const ssize_t got = ::pread(fd, text.data(), text.size(), from);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    std::size_t cut = text.size();
    for (int i = 0; i < lines; ++i) {
        cut = cut == 0 ? std::string::npos : text.rfind('\n', cut - 1);
        if (cut == std::string::npos) {
            return text;
        }
    }
    return text.substr(cut + 1);
}

int sync_folder(const std::string& path) noexcept {
    const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0) {
        return errno;
    }
    return 0;
}

}  // namespace pipectl
