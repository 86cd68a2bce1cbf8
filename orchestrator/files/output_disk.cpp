#include "orchestrator/files/output_disk.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl {
namespace {

constexpr std::size_t kLongestNothing = 32;

/// The empty stream of a packer.
bool packs_nothing(std::string_view text) {
    using namespace std::string_view_literals;
    const auto is = [text](std::size_t size, std::string_view first, std::string_view last) {
        return text.size() == size && text.starts_with(first) && text.ends_with(last);
    };
    // gzip: CRC and length of what was packed stand at the end; RFC 1952
    return is(20, "\x1f\x8b\x08"sv, "\x03\0\0\0\0\0\0\0\0\0"sv) ||
           is(14, "BZh"sv, "\x17\x72\x45\x38\x50\x90\0\0\0\0"sv) ||
           is(32, "\xfd\x37zXZ\0"sv, "YZ"sv) ||
           // zstd: the last block is raw and has no bytes, and a checksum may follow; RFC 8878
           is(9, "\x28\xb5\x2f\xfd"sv, "\x01\0\0"sv) ||
           is(13, "\x28\xb5\x2f\xfd"sv, "\x01\0\0\x99\xe9\xd8\x51"sv);
}

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

void drop_access_list(int fd) noexcept {
    ::fremovexattr(fd, "system.posix_acl_access");
}

void copy_attributes(int old, int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(old);  // O_PATH refuses fgetxattr(2)
    const ssize_t length = ::listxattr(path.c_str(), nullptr, 0);
    if (length <= 0) {
        return;
    }
    std::vector<char> names(length);
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
        value.resize(size);
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
    std::string text(status.st_size - from, '\0');
    const ssize_t got = ::pread(fd, text.data(), text.size(), from);
    text.resize(got > 0 ? got : 0);
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

int sync_folder(int folder) noexcept {
    const Fd open(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open || ::fsync(open.get()) != 0) {
        return errno;
    }
    return 0;
}

bool holds_nothing(int fd, off_t start) noexcept {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    const off_t size = status.st_size - start;
    std::array<char, kLongestNothing> bytes{};
    if (size <= 0 || size > static_cast<off_t>(bytes.size())) {
        return size <= 0;
    }
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), start);
    return got > 0 && packs_nothing({bytes.data(), static_cast<std::size_t>(got)});
}

}  // namespace pipectl
