#pragma once

// Names in a folder, while others may change them as well: questions and exchanges by inode.
//
// `folder` is an open descriptor of it, so that none of this depends on the way that led there.

#include <sys/stat.h>

#include <string>

namespace pipectl {

bool same_file(const struct stat& a, const struct stat& b) noexcept;

/// True when `name` is the very file that is open at `fd`.
bool is_file(int folder, const std::string& name, int fd) noexcept;

/// renameat2(2) with RENAME_EXCHANGE. Returns 0 or an errno.
int exchange(int folder, const std::string& a, const std::string& b) noexcept;

/// Unlinks the name when it is the file that is open at `fd`.
void remove_if_ours(int folder, const std::string& name, int fd) noexcept;

/// Undoes an exchange that has put the file `ours` at `target` and what stood there at `temporary`.
/// Others may go on giving that name away: what they put there last stays, and nothing stays at
/// `temporary` but our own file. False when that has lost its name to them.
bool put_back(int folder, const std::string& temporary, const std::string& target,
              int ours) noexcept;

}  // namespace pipectl
