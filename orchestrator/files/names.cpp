#include "orchestrator/files/names.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace pipectl {
namespace {

bool look(int folder, const std::string& name, struct stat& status) {
    return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void remove(int folder, const std::string& name) {
    if (::unlinkat(folder, name.c_str(), 0) != 0) {
        ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
    }
}

}  // namespace

bool same_file(const struct stat& a, const struct stat& b) noexcept {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool is_file(int folder, const std::string& name, int fd) noexcept {
    struct stat named {};
    struct stat open {};
    return fd >= 0 && look(folder, name, named) && ::fstat(fd, &open) == 0 &&
           same_file(named, open);
}

int exchange(int folder, const std::string& a, const std::string& b) noexcept {
    return ::renameat2(folder, a.c_str(), folder, b.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
}

void remove_if_ours(int folder, const std::string& name, int fd) noexcept {
    if (is_file(folder, name, fd)) {
        ::unlinkat(folder, name.c_str(), 0);
    }
}

bool put_back(int folder, const std::string& temporary, const std::string& target,
              int ours) noexcept {
    // Each exchange gives back what the last one took. When it takes what the last one gave, nobody
    // has come between the two, and what was taken has been replaced by something newer.
    constexpr int kRounds = 64;
    struct stat given {};
    if (is_file(folder, temporary, ours)) {
        return true;
    }
    if (::fstat(ours, &given) != 0) {
        return false;
    }
    for (int round = 0; round < kRounds; ++round) {
        struct stat giving {};
        struct stat taken {};
        if (!look(folder, temporary, giving)) {
            return false;
        }
        const int code = exchange(folder, temporary, target);
        if (code == ENOENT &&
            ::renameat2(folder, temporary.c_str(), folder, target.c_str(), RENAME_NOREPLACE) == 0) {
            return false;
        }
        if (code != 0) {
            continue;
        }
        if (look(folder, temporary, taken) && same_file(taken, given)) {
            if (is_file(folder, temporary, ours)) {
                return true;
            }
            remove(folder, temporary);
            return false;
        }
        given = giving;
    }
    return false;
}

}  // namespace pipectl
